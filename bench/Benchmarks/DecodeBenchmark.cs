using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Capture;
using MoeDevtools.Routing;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>A token after 128, unheard and heard: beside what memory allows, for no engine is faster than its weights arrive, and beside peers.</summary>
internal static class DecodeBenchmark
{
    private const int PromptTokens = 128;
    private const int NewTokens = 17;
    private const int RoundCount = 9;

    public static void Run(BenchContext context)
    {
        var (bandwidth, llamaCpp, torch) = (context.Bandwidth, context.LlamaCpp, context.Torch);
        using var model = ModelSession.Open(context.Checkpoint.Folder);
        using var clock = new RunClock();
        var sink = new CopyingSink();
        var prompt = context.Checkpoint.Prompt(PromptTokens);
        var request = RunClock.Request(prompt, NewTokens);
        double Ours(IRoutingSink? sink) => clock.Run(model, request, sink, context.Cancelled).TokenMilliseconds;

        var series = Rounds.Interleave(
            RoundCount, context.Cancelled,
            () => Ours(null),
            () => Ours(sink),
            () => bandwidth.Measure(),
            () => llamaCpp.Measure(prompt, NewTokens, times => times.Token),
            () => torch.Measure(prompt, NewTokens, times => times.Token));
        var bytes = context.Shape.BytesPerToken;
        foreach (var (how, value) in new[] { ("", series[0]), (", every router copied", series[1]) })
        {
            void Write(string against, Series? againstValue, string aim) => context.Report.Write(new Figure
            {
                Name = $"decode after {PromptTokens} tokens{how}",
                Value = value,
                Unit = "ms/token",
                Against = against,
                AgainstValue = againstValue,
                Aim = aim,
            });
            Write($"{bytes / 1e6:0} MB at {series[2].Median / 1e9:0.0} GB/s read", series[2].Select(rate => bytes / rate * 1e3), "ratio >= 0.95");
            Write(llamaCpp.Name, llamaCpp.IsHere ? series[3] : null, "ratio >= 1.6");
            Write(torch.Name, torch.IsHere ? series[4] : null, "ratio >= 2");
        }
        foreach (var (name, other) in context.Others) RunOther(context, name, other);
    }

    private static void RunOther(BenchContext context, string name, IRandomModel shape)
    {
        using var checkpoint = context.WriteCheckpoint(shape);
        using var model = ModelSession.Open(checkpoint.Folder);
        using var clock = new RunClock();
        var request = RunClock.Request(checkpoint.Prompt(PromptTokens), NewTokens);
        var series = Rounds.Interleave(
            RoundCount, context.Cancelled,
            () => clock.Run(model, request, null, context.Cancelled).TokenMilliseconds,
            () => context.Bandwidth.Measure());
        context.Report.Write(new Figure
        {
            Name = $"decode after {PromptTokens} tokens, {name}",
            Value = series[0],
            Unit = "ms/token",
            Against = $"{shape.BytesPerToken / 1e6:0} MB at {series[1].Median / 1e9:0.0} GB/s read",
            AgainstValue = series[1].Select(rate => shape.BytesPerToken / rate * 1e3),
            Aim = "ratio >= 0.83",
        });
    }
}
