using System.Runtime.InteropServices;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Counts which expert each token of the vocabulary chooses first, as a recording is looked at again and again. Unknown ids do not count. One thread at a time.</summary>
internal sealed class CountedTokens(int router, StepRange range)
{
    private readonly PassScan _scan = new(range, [router], RoutingColumns.SelectedExperts);

    public Dictionary<(int TokenId, int Expert), long> Counts { get; } = [];

    public StepRange? Seen => _scan.Seen;

    public void Advance(TraceReader reader, ProgressReport? progress, CancellationToken cancelled) => _scan.Advance(reader, Count, progress, cancelled);

    private void Count(TracePass pass)
    {
        if (pass.Batches[0] is not { } batch || !batch.Has(RoutingColumns.SelectedExperts) || batch.Slots == 0) return;
        for (var row = 0; row < batch.Tokens; row++)
            if (batch.IsToken(row) && pass.Rows.TokenId[row] is >= 0 and var id && batch.ExpertsOf(row)[0] is >= 0 and var e)
                CollectionsMarshal.GetValueRefOrAddDefault(Counts, (id, e), out _)++;
    }
}
