using System.Text.Json;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Bench.Processes;
using MoeDevtools.Capture;
using MoeDevtools.Routing;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>
/// Memory that a fresh process holds beyond the mapped weights, beside the keys and values that it cannot do without; and what the state of a long sequence takes in other families.
/// </summary>
internal static class MemoryBenchmark
{
    private const int RoundCount = 3;

    private static readonly int[] Lengths = [1 << 10, 1 << 12, 1 << 14];

    // States as large as in the models that are timed, and hardly any weights: what they hold does not matter here, and the context is long.
    private static readonly (string Name, string FirstLayer, IRandomModel Model)[] Narrow =
    [
        ("qwen3_next", "gated delta rule", Qwen3NextShape.Olmoe with { Hidden = 64, Experts = 16, Ffn = 32, Vocabulary = 256 }),
        ("deepseek_v4", "window", DeepseekV4Shape.Olmoe with { Hidden = 64, Experts = 16, Ffn = 32, Vocabulary = 256 }),
    ];

    public static void Run(BenchContext context)
    {
        var runs = new List<MemoryUse>();
        for (var round = 0; round < RoundCount; round++)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            using var process = PeerProcess.Start(
                Environment.ProcessPath!, Environment.GetCommandLineArgs()[0], MemoryProbe.Argument, context.Checkpoint.Folder);
            runs.Add(JsonSerializer.Deserialize<MemoryUse>(process!.Greeting)!);
        }
        void Write(string name, Func<MemoryUse, long> value) => context.Report.Write(new Figure
        {
            Name = $"memory after {MemoryProbe.PromptTokens} + {MemoryProbe.NewTokens} tokens, {name}",
            Value = new Series(runs.Select(use => value(use) / 1e6)),
            Unit = "MB",
            Against = "keys and values, float32",
            AgainstValue = new Series(runs.Select(use => use.Cache / 1e6)),
        });
        Write("whole process", use => use.Run);
        Write("since its start", use => use.Run - use.Started);
        foreach (var (name, firstLayer, shape) in Narrow) RunLong(context, name, firstLayer, shape);
    }

    /// <summary>One sequence, in passes as long as a prompt's; the last token before each look is decoded alone, as when text is generated.</summary>
    private static void RunLong(BenchContext context, string name, string firstLayer, IRandomModel shape)
    {
        using var checkpoint = context.WriteCheckpoint(shape);
        using var session = ModelSession.Open(checkpoint.Folder);
        var (model, ids) = (session.Model, checkpoint.Prompt(Lengths[^1]));
        using var state = model.CreateState(ids.Length);
        var (fixedBytes, tokenBytes) = (model.FixedState * sizeof(float), model.StateColumns * sizeof(float));
        foreach (var length in Lengths)
        {
            while (state.Length < length)
            {
                var pass = new RoutingPass();
                var count = Math.Max(1, Math.Min(ModelSession.PrefillChunk, length - 1 - state.Length));
                pass.Rows.Reset(count);
                model.Forward(ids.AsSpan(state.Length, count), state, pass, null, cancelled: context.Cancelled).Dispose();
            }
            void Write(string what, long bytes, string against, Series? againstValue) => context.Report.Write(new Figure
            {
                Name = $"state after {length} tokens, {name}{what}",
                Value = new Series([bytes / 1e6]),
                Unit = "MB",
                Against = against,
                AgainstValue = againstValue,
            });
            Write("", state.LayerBytes.Sum(), $"{fixedBytes / 1e6:0.00} MB and {tokenBytes} bytes a token", new Series([(fixedBytes + tokenBytes * length) / 1e6]));
            Write($", its first layer ({firstLayer})", state.LayerBytes.First(), "-", null);
        }
    }
}
