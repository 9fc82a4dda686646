using System.Diagnostics;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;
using TraceOptions = MoeDevtools.Traces.TraceOptions;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>What views ask of a run while it is recorded: the load heat map of a large model as it grows, and a timeline over many steps.</summary>
internal static class ViewsBenchmark
{
    private const int RoundCount = 20;
    private const int NewSteps = 10;

    public static void Run(BenchContext context)
    {
        var folder = Directory.CreateTempSubdirectory("moe-views-").FullName;
        try
        {
            Loads(context, Path.Combine(folder, "loads.moetrace"), context.IsQuick ? 200 : 2_000);
            Timeline(context, Path.Combine(folder, "timeline.moetrace"), context.IsQuick ? 20_000 : 1_000_000);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Loads(BenchContext context, string path, int steps)
    {
        using var run = new GrowingRun(path, new RoutedSteps(routers: 64, experts: 256, k: 8, rows: 1, RoutingColumns.All));
        run.Record(steps);
        var looks = run.Looks(context, () => LoadsView.Of(run.Recorded, default, null, context.Cancelled));
        context.Report.Write(new Figure
        {
            Name = $"loads of 64 x 256 experts, {NewSteps} new steps", Value = looks, Unit = "ms", Better = Better.Lower, Against = "-", AgainstValue = null, Aim = "<= 100",
        });
    }

    private static void Timeline(BenchContext context, string path, int steps)
    {
        using var run = new GrowingRun(path, new RoutedSteps(routers: 2, experts: 64, k: 8, rows: 1, RoutingColumns.All));
        run.Record(steps);
        IReadOnlyList<StepMetric> metrics = [StepMetric.Cv, StepMetric.Entropy, StepMetric.Margin, StepMetric.Drops];
        Timeline Look() => TimelineView.Of(run.Recorded, [0, 1], metrics, default, 1024, Translations.English, null, context.Cancelled);
        var start = Stopwatch.GetTimestamp();
        Look();
        var first = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var looks = run.Looks(context, Look);
        var held = $"timeline of {steps / 1e6:0.##} M steps, 2 routers, 4 metrics";
        context.Report.Write(new Figure { Name = $"{held}: first look", Value = new Series([first]), Unit = "s", Better = Better.Lower, Against = "-", AgainstValue = null });
        context.Report.Write(new Figure { Name = $"{held}: {NewSteps} new steps", Value = looks, Unit = "ms", Better = Better.Lower, Against = "-", AgainstValue = null, Aim = "<= 100" });
    }

    /// <summary>A run that is recorded while it is looked at.</summary>
    private sealed class GrowingRun : IDisposable
    {
        private readonly RoutedSteps _source;
        private readonly TraceWriter _writer;
        private long _step;

        public GrowingRun(string path, RoutedSteps source)
        {
            _source = source;
            var info = new TraceInfo { Writer = "bench", Kind = TraceKind.Checkpoint, Created = DateTimeOffset.UnixEpoch };
            _writer = TraceWriter.Create(path, info, source.Routers, new TraceOptions());
            Recorded = new RecordedRun(path, source.Routers, _writer.Flush);
        }

        public RecordedRun Recorded { get; }

        public void Record(int steps)
        {
            for (var i = 0; i < steps; i++)
                foreach (var batch in _source.At(++_step)) _writer.Add(batch, BatchProblems.None);
        }

        /// <summary>Milliseconds of each look, after some steps more.</summary>
        public Series Looks<T>(BenchContext context, Func<T> look)
        {
            return Rounds.Interleave(RoundCount, context.Cancelled, () =>
            {
                Record(NewSteps);
                var start = Stopwatch.GetTimestamp();
                look();
                return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            })[0];
        }

        public void Dispose()
        {
            Recorded.Dispose();
            _writer.Dispose();
        }
    }
}
