using System.Text.Json;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Bench.Processes;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>Memory that a fresh process holds beyond the mapped weights, beside the keys and values that it cannot do without.</summary>
internal static class MemoryBenchmark
{
    private const int RoundCount = 3;

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
    }
}
