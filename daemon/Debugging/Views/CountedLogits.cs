using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Counts logits as a recording is looked at again and again. One thread at a time.</summary>
internal sealed class CountedLogits(TraceReader recording, IReadOnlyList<int> routers, StepRange range, int bins)
{
    private readonly PassScan _scan = new(range, routers, routers.Aggregate(RoutingColumns.SelectedExperts, (all, r) => all | ColumnOf(recording, r)));
    private readonly bool[] _derived = new bool[recording.Routers.Count];

    public LogitHistogram Histogram { get; } = new(recording.Routers.Count, bins);

    public StepRange? Seen => _scan.Seen;

    public bool IsDerived(int router) => _derived[router];

    /// <summary>What is counted of a router; None = neither logits nor scores are recorded.</summary>
    public static RoutingColumns ColumnOf(TraceReader reader, int router) => reader.RecordedColumns(router) switch
    {
        var has when (has & RoutingColumns.SelectedExperts) == 0 => RoutingColumns.None,
        var has when (has & RoutingColumns.RouterLogits) != 0 => RoutingColumns.RouterLogits,
        var has => has & RoutingColumns.RouterScores,
    };

    public void Advance(TraceReader reader, ProgressReport? progress, CancellationToken cancelled) => _scan.Advance(
        reader,
        pass =>
        {
            foreach (var batch in pass.Batches)
            {
                if (batch is null || ColumnOf(reader, batch.Router.Index) is not (not RoutingColumns.None and var column) || !batch.Has(column | RoutingColumns.SelectedExperts)) continue;
                Histogram.Add(batch, column == RoutingColumns.RouterLogits ? batch.RouterLogits : batch.RouterScores);
                _derived[batch.Router.Index] |= (batch.Observed & column) == 0;
            }
        },
        progress, cancelled);
}
