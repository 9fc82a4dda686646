using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Capture;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>A prompt in one pass: no engine of float32 arithmetic can be faster than its multiply-adds.</summary>
internal static class PrefillBenchmark
{
    private const int RoundCount = 7;

    public static void Run(BenchContext context)
    {
        using var model = ModelSession.Open(context.Checkpoint.Folder);
        using var clock = new RunClock();
        foreach (var tokens in new[] { 128, 512 })
        {
            var request = RunClock.Request(context.Checkpoint.Prompt(tokens), 0);
            var series = Rounds.Interleave(
                RoundCount, context.Cancelled,
                () => context.Peak.Measure(),
                () => clock.Run(model, request, null, context.Cancelled).PrefillMilliseconds);
            var operations = context.Checkpoint.Shape.PrefillOperations(tokens);
            context.Report.Write(new Figure
            {
                Name = $"prefill of {tokens} tokens",
                Value = series[1],
                Unit = "ms",
                Against = $"{operations / 1e9:0.0} GFLOP at {series[0].Median / 1e9:0} GFLOP/s",
                AgainstValue = series[0].Select(rate => operations / rate * 1e3),
                Aim = "ratio >= 0.6",
            });
        }
    }
}
