namespace MoeDevtools.Routing;

/// <summary>
/// How often one router chose each expert, step by step, over the last steps: the window of loads, rates and window anomalies. Padding is left out.
/// Not thread safe: owned by the compute thread, read by others only while it is stopped.
/// </summary>
/// <param name="experts">N.</param>
/// <param name="steps">The longest window, in steps.</param>
public sealed class ExpertLoads(int experts, int steps)
{
    private readonly int[] _counts = new int[experts * steps];
    private readonly int[] _tokens = new int[steps];
    private readonly int[] _empty = new int[steps];
    private long _lastStep = long.MinValue;
    private int _last;

    public int Experts => experts;

    /// <summary>Steps with data, at most the longest window.</summary>
    public int Steps { get; private set; }

    /// <summary>The step that the last batch was added to; <see cref="long.MinValue"/> while there is none.</summary>
    public long LastStep => _lastStep;

    /// <summary>Adds the decisions of a batch to its step. Steps come in rising order; several passes of a step add up.</summary>
    public void Add(RoutingBatch batch)
    {
        if (Steps == 0 || batch.Pass.Step != _lastStep) StartStep(batch.Pass.Step);
        var (tokens, empty) = batch.CountInto(_counts.AsSpan(_last * experts, experts), 1);
        _tokens[_last] += tokens;
        _empty[_last] += empty;
    }

    /// <summary>c_e summed over the last <paramref name="window"/> steps, into <paramref name="counts"/> <c>[experts]</c>; returns T.</summary>
    public long Sum(int window, Span<long> counts)
    {
        counts.Clear();
        long tokens = 0;
        for (var i = 0; i < Math.Min(window, Steps); i++)
        {
            var at = (_last - i + steps) % steps;
            for (var e = 0; e < experts; e++) counts[e] += _counts[at * experts + e];
            tokens += _tokens[at];
        }
        return tokens;
    }

    /// <summary>Empty slots (dropped or removed) over the last <paramref name="window"/> steps.</summary>
    public long EmptySlots(int window)
    {
        long sum = 0;
        for (var i = 0; i < Math.Min(window, Steps); i++) sum += _empty[(_last - i + steps) % steps];
        return sum;
    }

    /// <summary>Forgets everything (a restart).</summary>
    public void Clear()
    {
        Steps = 0;
        _lastStep = long.MinValue;
    }

    private void StartStep(long step)
    {
        _last = Steps == 0 ? 0 : (_last + 1) % steps;
        Steps = Math.Min(Steps + 1, steps);
        _lastStep = step;
        _counts.AsSpan(_last * experts, experts).Clear();
        _tokens[_last] = 0;
        _empty[_last] = 0;
    }
}
