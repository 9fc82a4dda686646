using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Processes;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>From the start of the process to the version line; beside a program that prints a line and does nothing else.</summary>
internal static class StartupBenchmark
{
    private const int RoundCount = 25;

    public static void Run(BenchContext context)
    {
        var (dotnet, script) = (Environment.ProcessPath!, Repository.Path("moe-devtools"));
        var artifacts = Repository.Path("artifacts", "bin");
        var host = Path.Combine(artifacts, "Host", "release", "moe-devtools.dll");
        var hello = Path.Combine(artifacts, "Hello", "release", "MoeDevtools.Hello.dll");
        Command.MillisecondsToLine(_ => true, script, "--version");    // builds the program where it is not built
        var series = Rounds.Interleave(
            RoundCount, context.Cancelled,
            () => Command.MillisecondsToLine(_ => true, dotnet, host, "--version"),
            () => Command.MillisecondsToLine(_ => true, script, "--version"),
            () => Command.MillisecondsToLine(_ => true, dotnet, hello));
        void Write(string name, Series value) => context.Report.Write(new Figure
        {
            Name = name,
            Value = value,
            Unit = "ms",
            Against = "dotnet with an empty program",
            AgainstValue = series[2],
            Aim = "<= 150",
        });
        Write("dotnet moe-devtools.dll --version", series[0]);
        Write("./moe-devtools --version", series[1]);
    }
}
