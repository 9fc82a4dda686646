using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Counts what tokens choose at two routers, or at one, as a recording is looked at again and again. One thread at a time.</summary>
/// <param name="firstChoices">Only the first choice of each token counts.</param>
internal sealed class CountedPairs(IReadOnlyList<RouterInfo> routers, int a, int b, StepRange range, bool firstChoices)
{
    private readonly PassScan _scan = new(range, a == b ? [a] : [a, b], RoutingColumns.SelectedExperts);

    public CoActivation Pairs { get; } = new(routers[a].Experts, routers[b].Experts);

    public StepRange? Seen => _scan.Seen;

    public void Advance(TraceReader reader, ProgressReport? progress, CancellationToken cancelled) => _scan.Advance(reader, Count, progress, cancelled);

    private void Count(TracePass pass)
    {
        if (pass.Batches[0] is not { } inA || pass.Batches[^1] is not { } inB || !inA.Has(RoutingColumns.SelectedExperts) || !inB.Has(RoutingColumns.SelectedExperts)) return;
        for (var row = 0; row < inA.Tokens; row++)
            if (inA.IsToken(row)) Pairs.Add(Chosen(inA, row), Chosen(inB, row));
    }

    private ReadOnlySpan<int> Chosen(RoutingBatch batch, int row) => firstChoices ? batch.ExpertsOf(row)[..Math.Min(1, batch.Slots)] : batch.ExpertsOf(row);
}
