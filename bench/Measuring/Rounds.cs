using System.Diagnostics;

namespace MoeDevtools.Bench.Measuring;

/// <summary>Measures alternatives in turn, so that what else the machine does meets all of them alike.</summary>
internal static class Rounds
{
    private const double WarmUpSeconds = 1;

    /// <summary>
    /// One value a round from each of <paramref name="measures"/>. Before that come rounds that do not count, at least one and a second's worth:
    /// the runtime compiles what is hot once more in the background.
    /// </summary>
    public static Series[] Interleave(int rounds, CancellationToken cancelled, params Func<double>[] measures)
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            foreach (var measure in measures)
            {
                cancelled.ThrowIfCancellationRequested();
                measure();
            }
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds);
        return InterleaveCold(rounds, cancelled, measures);
    }

    /// <summary>The same without a warm-up: the first round counts.</summary>
    public static Series[] InterleaveCold(int rounds, CancellationToken cancelled, params Func<double>[] measures)
    {
        var values = measures.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < measures.Length; i++)
            {
                cancelled.ThrowIfCancellationRequested();
                values[i][round] = measures[i]();
            }
        }
        return [.. values.Select(v => new Series(v))];
    }
}
