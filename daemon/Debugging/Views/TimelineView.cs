using MoeDevtools.Messages;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>How routers went over the steps of a run.</summary>
public static class TimelineView
{
    public const int MostPixels = 4096;

    /// <param name="routers">Indices; no router twice.</param>
    /// <param name="pixels">At most <see cref="MostPixels"/>; there are between half as many and as many.</param>
    /// <param name="language">Of the sentences of anomalies.</param>
    /// <exception cref="OperationCanceledException"/>
    public static Timeline Of(
        RecordedRun run, IReadOnlyList<int> routers, IReadOnlyList<StepMetric> metrics, StepRange range, int pixels, Translations language, ProgressReport? progress, CancellationToken cancelled) =>
        run.Look(
            (reader, either) => Scan(run, reader, routers, metrics, range, pixels, progress, either) is not var (series, to)
                ? new Timeline { Range = null, StepsPerPixel = 1, Series = [], Marks = [] }
                : new Timeline
                {
                    Range = new StepRange(series.From, to),
                    StepsPerPixel = series.StepsPerPixel,
                    Series =
                    [
                        .. routers.SelectMany((router, i) => metrics.Select((metric, j) =>
                        {
                            var (min, max) = series.Line(i * metrics.Count + j, to);
                            return new TimelineSeries(router, Word(metric), min, max);
                        })),
                    ],
                    Marks = [.. Stops(reader, series, to).Concat(Anomalies(run, reader, series.From, to, language, either)).Where(m => routers.Contains(m.Router)).OrderBy(m => m.Step)],
                },
            cancelled);

    /// <summary>The same, without marks.</summary>
    internal static (StepSeries Series, long To)? Scan(
        RecordedRun run, TraceReader reader, IReadOnlyList<int> routers, IReadOnlyList<StepMetric> metrics, StepRange range, int pixels, ProgressReport? progress, CancellationToken cancelled) =>
        run.Timelines.Use(
            (string.Join(' ', routers), string.Join(' ', metrics), range, pixels),
            () => new StepScan(range, routers.Count * metrics.Count, pixels, new MetricReader(run.Routers, routers, metrics).Read),
            scan => scan.Look(reader, progress, cancelled),
            cancelled);

    public static string Word(StepMetric metric) => metric switch
    {
        StepMetric.Cv => "cv",
        StepMetric.Entropy => "entropy",
        StepMetric.Margin => "margin",
        StepMetric.Drops => "drops",
        _ => "zLoss",
    };

    private static IEnumerable<TimelineMark> Stops(TraceReader reader, StepSeries series, long to) =>
        reader.Stops().Where(s => s.Batch.Step >= series.From && s.Batch.Step <= to)
            .GroupBy(s => ((s.Batch.Step - series.From) / series.StepsPerPixel, s.Batch.Router))
            .Select(g => new TimelineMark(g.First().Batch.Step, "stop", g.First().Text ?? g.First().Reason, g.First().Batch.Router, g.Count()));

    private static IEnumerable<TimelineMark> Anomalies(RecordedRun run, TraceReader reader, long from, long to, Translations language, CancellationToken cancelled) =>
        run.Anomalies.Look(reader, cancelled).Found.Where(f => f.Last.Step >= from && f.Last.Step <= to)
            .Select(f => new TimelineMark(f.Last.Step, "anomaly", language.Text(f.Last.Facts), f.Last.Router.Index, f.Times));
}
