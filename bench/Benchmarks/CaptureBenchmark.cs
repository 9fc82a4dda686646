using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>
/// What listening costs, beside the same run with nobody listening: a sink that copies every column of every router, and a debug session that
/// could stop anywhere (which also validates each batch and keeps loads and totals), without and with a recording.
/// </summary>
internal static class CaptureBenchmark
{
    private const int PromptTokens = 256;
    private const int ShortPrompt = 16;
    private const int NewTokens = 33;
    private const int TimeRounds = 15;
    private const int AllocationRounds = 3;

    public static void Run(BenchContext context)
    {
        using var model = ModelSession.Open(context.Checkpoint.Folder);
        using var clock = new RunClock();
        using var session = new DebugSession(model, clock, new DebugOptions { Interactive = true });
        using var recording = Recording.Temporary(Path.GetTempPath());
        RunRequest? recorded = null;
        using var recorder = new DebugSession(model, clock, new DebugOptions { Interactive = true, Record = () => recording.Start(model, recorded!) });
        var sink = new CopyingSink();
        var decode = RunClock.Request(context.Checkpoint.Prompt(ShortPrompt), NewTokens);
        var prefill = RunClock.Request(context.Checkpoint.Prompt(PromptTokens), 0);

        double Off(RunRequest request, Func<RunClock, double> value) => value(clock.Run(model, request, null, context.Cancelled));
        double Copied(RunRequest request, Func<RunClock, double> value) => value(clock.Run(model, request, sink, context.Cancelled));
        double Debugged(RunRequest request, Func<RunClock, double> value) => value(clock.Run(session, request, context.Cancelled));
        double Recorded(RunRequest request, Func<RunClock, double> value)
        {
            recorded = request;
            return value(clock.Run(recorder, request, context.Cancelled));
        }
        void Measure(int rounds, string name, string unit, string aim, RunRequest request, Func<RunClock, double> value)
        {
            var series = Rounds.Interleave(
                rounds, context.Cancelled, () => Off(request, value), () => Copied(request, value), () => Debugged(request, value),
                () => Recorded(request, value));
            void Write(string how, Series measured) => context.Report.Write(new Figure
            {
                Name = $"{name}, {how}",
                Value = measured,
                Unit = unit,
                Against = "nobody listening",
                AgainstValue = series[0],
                Aim = aim,
            });
            Write("every router copied", series[1]);
            Write("in a debug session", series[2]);
            Write("in a debug session that records", series[3]);
        }

        Measure(TimeRounds, "decode", "ms/token", "ratio >= 0.99", decode, c => c.TokenMilliseconds);
        Measure(TimeRounds, $"prefill of {PromptTokens} tokens", "ms", "ratio >= 0.99", prefill, c => c.PrefillMilliseconds);
        Measure(AllocationRounds, "allocated in decode", "B/token", "<= 4096", decode, c => c.TokenAllocation);
    }
}
