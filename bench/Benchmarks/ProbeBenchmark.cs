using System.Diagnostics;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Bench.Processes;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Training;
using MoeDevtools.Debugging;
using MoeDevtools.Probe;
using MoeDevtools.Routing;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>What <c>Observe</c> costs a .NET training a row, with nobody attached and with a debugger that holds nothing, beside a step of the sample, whose routers have the same shape.</summary>
internal static class ProbeBenchmark
{
    private const int Rows = 256;
    private const int Experts = 8;
    private const int K = 2;
    private const int Routers = 2;          // of the sample
    private const int Calls = 100;
    private const int TimeRounds = 15;

    private static readonly string Sample = Repository.Path("artifacts", "bin", "MoeTraining", "release", "MoeDevtools.MoeTraining.dll");

    public static void Run(BenchContext context)
    {
        using var alone = MoeProbe.Connect();
        using var looking = new Attached(RoutingColumns.None);
        using var sending = new Attached(RoutingColumns.All);
        var router = alone.Router("layers.0.gate", Experts, K);
        var series = Rounds.Interleave(
            TimeRounds, context.Cancelled, SampleNanoseconds, () => Nanoseconds(alone, router), () => Nanoseconds(looking.Probe, looking.Router), () => Nanoseconds(sending.Probe, sending.Router));
        void Write(string how, Series measured) => context.Report.Write(new Figure
        {
            Name = $"Observe, {how}",
            Value = measured,
            Unit = "ns/row",
            Against = "the sample's step, a row and router",
            AgainstValue = series[0],
            Aim = "ratio >= 100",
        });
        Write("nobody attached", series[1]);
        Write("attached, NaN looked for", series[2]);
        Write("attached, every batch sent", series[3]);
    }

    private static double SampleNanoseconds()
    {
        double To(int step) => Command.MillisecondsToLine(line => line.StartsWith($"step {step} ", StringComparison.Ordinal), "dotnet", Sample, "--steps", $"{step}");
        return (To(220) - To(20)) / 200 * 1e6 / Rows / Routers;
    }

    private static double Nanoseconds(MoeProbe probe, RouterProbe router)
    {
        var (logits, selected, weights) = (new float[Rows * Experts], new int[Rows * K], new float[Rows * K]);
        for (var i = 0; i < selected.Length; i++) (selected[i], weights[i]) = (i % Experts, 0.5f);
        var ticks = 0L;
        for (var call = 0; call < Calls; call++)
        {
            probe.BeginPass();
            var start = Stopwatch.GetTimestamp();
            router.Observe(logits, selected.AsSpan(), weights);
            ticks += Stopwatch.GetTimestamp() - start;
            probe.Step();
        }
        return ticks * 1e9 / Stopwatch.Frequency / Calls / Rows;
    }

    /// <summary>A probe with a session at the other end that stops nowhere.</summary>
    private sealed class Attached : IDisposable
    {
        private readonly RunClock _clock = new();
        private readonly Task<(ProbeSession Source, DebugSession Session)> _session;

        public Attached(RoutingColumns columns)
        {
            var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _session = Task.Run(() => Open(address, columns));
            Probe = MoeProbe.Connect(address: address.Task.GetAwaiter().GetResult());
            Router = Probe.Router("layers.0.gate", Experts, K, new RouterRule { Normalise = true });
            Nanoseconds(Probe, Router);      // described after the first pass
        }

        public MoeProbe Probe { get; }

        public RouterProbe Router { get; }

        public void Dispose()
        {
            Probe.Dispose();
            var (source, session) = _session.GetAwaiter().GetResult();
            session.Dispose();
            source.Dispose();
            _clock.Dispose();
        }

        private (ProbeSession, DebugSession) Open(TaskCompletionSource<string> address, RoutingColumns columns)
        {
            var source = ProbeSession.Open(new ProbeOptions
            {
                Name = "benchmark",
                Start = environment =>
                {
                    address.SetResult(environment.First().Value);
                    return null;
                },
            });
            var session = new DebugSession(source, _clock, new DebugOptions { Columns = columns });
            session.Start(new RunRequest { Sequences = [] });
            return (source, session);
        }
    }
}
