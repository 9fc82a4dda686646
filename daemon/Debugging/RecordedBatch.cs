using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>Room for one batch of a recording, with its pass.</summary>
internal sealed class RecordedBatch
{
    private readonly RoutingPass _pass = new();

    /// <summary>Columns that loads are counted from: what NaN selects is no load.</summary>
    public const RoutingColumns OfLoads = RoutingColumns.SelectedExperts | RoutingColumns.RouterLogits;

    public RoutingBatch Batch { get; } = new();

    /// <summary>False if there is no such batch.</summary>
    public bool Read(TraceReader reader, BatchKey key, RoutingColumns columns = RoutingColumns.All) => reader.Read(key, _pass, Batch, columns);

    /// <summary>Whether it counts in loads; needs <see cref="OfLoads"/>.</summary>
    public bool Counts => Batch.Has(RoutingColumns.SelectedExperts) && (BatchValidator.Check(Batch.Before ?? Batch) & BatchProblems.LogitNotFinite) == 0;
}
