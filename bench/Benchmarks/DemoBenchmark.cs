using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Processes;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>A newcomer's first command in a fresh clone, to the line that says where the run stopped; beside what of it is the build.</summary>
internal static class DemoBenchmark
{
    private const int RoundCount = 3;

    public static void Run(BenchContext context)
    {
        var series = Rounds.InterleaveCold(
            RoundCount, context.Cancelled,
            () => Seconds("demo", line => line.Contains("stopped", StringComparison.Ordinal)),
            () => Seconds("--version", _ => true));
        context.Report.Write(new Figure
        {
            Name = "./moe-devtools demo in a fresh clone, to its stop",
            Value = series[0],
            Unit = "s",
            Against = "./moe-devtools --version in one",
            AgainstValue = series[1],
        });
    }

    private static double Seconds(string argument, Func<string, bool> isIt)
    {
        var clone = Directory.CreateTempSubdirectory("moe-devtools-bench-").FullName;
        try
        {
            if (!Command.Run(quiet: false, "git", "clone", "--quiet", Repository.Root, clone)) throw new InvalidOperationException("git clone failed");
            return Command.MillisecondsToLine(isIt, Path.Combine(clone, "moe-devtools"), argument) / 1e3;
        }
        finally
        {
            Directory.Delete(clone, recursive: true);
        }
    }
}
