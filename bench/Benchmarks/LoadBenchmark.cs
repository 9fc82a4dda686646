using System.Diagnostics;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Capture;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>
/// From a folder to its first token, the file in the page cache; beside reading the file once, as a loader must that does not map it.
/// </summary>
internal static class LoadBenchmark
{
    private const int RoundCount = 7;
    private const int BlockBytes = 8 << 20;

    public static void Run(BenchContext context)
    {
        var (checkpoint, block) = (context.Checkpoint, new byte[BlockBytes]);
        var request = RunClock.Request(checkpoint.Prompt(1), 1);
        using var clock = new RunClock();
        var series = Rounds.InterleaveCold(
            RoundCount, context.Cancelled,
            () => Milliseconds(() =>
            {
                using var model = ModelSession.Open(checkpoint.Folder);
                clock.Run(model, request, null, context.Cancelled);
            }),
            () => Milliseconds(() =>
            {
                using var file = File.OpenHandle(checkpoint.WeightFile);
                for (var at = 0L; RandomAccess.Read(file, block, at) is var read and > 0;) at += read;
            }));
        context.Report.Write(new Figure
        {
            Name = "open and first token, warm",
            Value = series[0],
            Unit = "ms",
            Against = $"read() of {new FileInfo(checkpoint.WeightFile).Length / 1e6:0} MB",
            AgainstValue = series[1],
            Aim = "< 1000",
        });
    }

    private static double Milliseconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
