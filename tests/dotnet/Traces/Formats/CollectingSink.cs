using MoeDevtools.Routing;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Formats;

namespace MoeDevtools.Tests.Traces.Formats;

/// <summary>Keeps what an import yields.</summary>
internal sealed class CollectingSink : IImportSink
{
    public TraceInfo Info { get; private set; } = null!;

    public IReadOnlyList<RouterInfo> Routers { get; private set; } = [];

    public List<Row> Rows { get; } = [];

    public List<TraceSequence> Sequences { get; } = [];

    public List<TraceLoads> Loads { get; } = [];

    public List<TraceDrop> Drops { get; } = [];

    public HashSet<(long, int, int, int)> Keys { get; } = [];

    public void Begin(TraceInfo info, IReadOnlyList<RouterInfo> routers) => (Info, Routers) = (info, routers);

    public void Add(TraceSequence sequence) => Sequences.Add(sequence);

    public void Add(RoutingBatch batch)
    {
        Assert.True(Keys.Add((batch.Pass.Step, batch.Pass.Pass, batch.Pass.Rank, batch.Router.Index)), "two batches with one key");
        Assert.InRange(batch.Tokens, 1, 1 << 16);
        var rows = batch.Pass.Rows;
        for (var row = 0; row < batch.Tokens; row++)
            Rows.Add(new Row(
                batch.Router.Name, batch.Pass.Step, rows.Sequence[row], rows.Position[row], rows.TokenId[row], rows.Text[row], batch.Pass.Phase, batch.ExpertsOf(row).ToArray(),
                batch.Has(RoutingColumns.RoutingWeights) ? batch.WeightsOf(row).ToArray() : null, batch.Has(RoutingColumns.RouterLogits) ? batch.LogitsOf(row).ToArray() : null));
    }

    public void Add(TraceLoads loads) => Loads.Add(loads);

    public void Add(TraceDrop drop) => Drops.Add(drop);

    internal sealed record Row(string Router, long Step, int Sequence, int Position, int TokenId, string? Text, Phase Phase, int[] Experts, float[]? Weights, float[]? Logits);
}
