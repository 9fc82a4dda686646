using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Views;

/// <summary>Histograms of router logits, and z-losses over steps.</summary>
public static class LogitsView
{
    public const int MostBins = 1024;

    /// <param name="routers">Indices.</param>
    /// <param name="bins">2 to <see cref="MostBins"/>; there are between half as many and as many.</param>
    /// <param name="pixels">Of the z-losses, as in <see cref="TimelineView"/>.</param>
    /// <exception cref="OperationCanceledException"/>
    public static Logits Of(RecordedRun run, IReadOnlyList<int> routers, StepRange range, int bins, int pixels, ProgressReport? progress, CancellationToken cancelled) => run.Look(
        (reader, either) => run.LogitCounts.Use(
            (string.Join(' ', routers), range, bins),
            () => new CountedLogits(reader, routers, range, bins),
            counted =>
            {
                counted.Advance(reader, done => progress?.Invoke(done / 2), either);
                var z = TimelineView.Scan(run, reader, routers, [StepMetric.ZLoss], range, pixels, done => progress?.Invoke((1 + done) / 2), either);
                var histogram = counted.Histogram;
                return new Logits
                {
                    Range = counted.Seen,
                    Edges = histogram.Edges,
                    StepsPerPixel = z?.Series.StepsPerPixel ?? 1,
                    Routers =
                    [
                        .. routers.Index().Where(r => counted.Seen is not null && CountedLogits.ColumnOf(reader, r.Item) != RoutingColumns.None).Select(r =>
                        {
                            var (least, largest) = z is var (series, to) ? series.Line(r.Index, to) : ([], []);
                            return new RouterLogits
                            {
                                Router = r.Item,
                                Column = CountedLogits.ColumnOf(reader, r.Item) == RoutingColumns.RouterLogits ? "router_logits" : "router_scores",
                                Derived = counted.IsDerived(r.Item),
                                Chosen = histogram.Counts(r.Item, chosen: true),
                                NotChosen = histogram.Counts(r.Item, chosen: false),
                                NotFinite = histogram.NotFinite(r.Item),
                                ZMin = least,
                                ZMax = largest,
                            };
                        }),
                    ],
                };
            },
            either),
        cancelled);
}
