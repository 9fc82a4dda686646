using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Capture;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>A token after 128: no engine can be faster than its weights come from memory.</summary>
internal static class DecodeBenchmark
{
    private const int PromptTokens = 128;
    private const int NewTokens = 17;
    private const int RoundCount = 9;

    public static void Run(BenchContext context)
    {
        using var model = ModelSession.Open(context.Checkpoint.Folder);
        using var clock = new RunClock();
        var request = RunClock.Request(context.Checkpoint.Prompt(PromptTokens), NewTokens);
        var bandwidth = context.Bandwidth;
        var series = Rounds.Interleave(
            RoundCount, context.Cancelled,
            () => bandwidth.Measure(),
            () => clock.Run(model, request, null, context.Cancelled).TokenMilliseconds);
        context.Report.Write(new Figure
        {
            Name = $"decode after {PromptTokens} tokens",
            Value = series[1],
            Unit = "ms/token",
            Against = $"{context.Checkpoint.Shape.BytesPerToken / 1e6:0} MB at {series[0].Median / 1e9:0.0} GB/s read",
            AgainstValue = series[0].Select(bytes => context.Checkpoint.Shape.BytesPerToken / bytes * 1e3),
            Aim = "ratio >= 0.95",
        });
    }
}
