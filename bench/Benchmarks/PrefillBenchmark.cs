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
        var (peak, llamaCpp, torch) = (context.Peak, context.LlamaCpp, context.Torch);
        using var model = ModelSession.Open(context.Checkpoint.Folder);
        using var clock = new RunClock();
        foreach (var tokens in new[] { 128, 512 })
        {
            var prompt = context.Checkpoint.Prompt(tokens);
            var request = RunClock.Request(prompt, 0);
            var series = Rounds.Interleave(
                RoundCount, context.Cancelled,
                () => clock.Run(model, request, null, context.Cancelled).PrefillMilliseconds,
                () => peak.Measure(),
                () => llamaCpp.Measure(prompt, 1, times => times.Prefill),
                () => torch.Measure(prompt, 1, times => times.Prefill));
            void Write(string against, Series? againstValue, string? aim) => context.Report.Write(new Figure
            {
                Name = $"prefill of {tokens} tokens",
                Value = series[0],
                Unit = "ms",
                Against = against,
                AgainstValue = againstValue,
                Aim = aim,
            });
            var operations = context.Shape.PrefillOperations(tokens);
            Write(
                $"{operations / 1e9:0.0} GFLOP at {series[1].Median / 1e9:0} GFLOP/s", series[1].Select(rate => operations / rate * 1e3),
                "ratio >= 0.6");
            Write(llamaCpp.Name, llamaCpp.IsHere ? series[2] : null, "ratio >= 1.7");
            Write(torch.Name, torch.IsHere ? series[3] : null, null);
        }
        foreach (var (name, other) in context.Others) RunOther(context, name, other);
    }

    private static void RunOther(BenchContext context, string name, IRandomModel shape)
    {
        using var checkpoint = context.WriteCheckpoint(shape);
        using var model = ModelSession.Open(checkpoint.Folder);
        using var clock = new RunClock();
        foreach (var tokens in new[] { 128, 512 })
        {
            var request = RunClock.Request(checkpoint.Prompt(tokens), 0);
            var series = Rounds.Interleave(
                RoundCount, context.Cancelled,
                () => clock.Run(model, request, null, context.Cancelled).PrefillMilliseconds,
                () => context.Peak.Measure());
            var operations = shape.PrefillOperations(tokens);
            context.Report.Write(new Figure
            {
                Name = $"prefill of {tokens} tokens, {name}",
                Value = series[0],
                Unit = "ms",
                Against = $"{operations / 1e9:0.0} GFLOP at {series[1].Median / 1e9:0} GFLOP/s",
                AgainstValue = series[1].Select(rate => operations / rate * 1e3),
                Aim = null,
            });
        }
    }
}
