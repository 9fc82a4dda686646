using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>What of a trace is exported. Immutable.</summary>
public sealed record ExportOptions
{
    /// <summary>Columns that are written where the trace has them.</summary>
    public RoutingColumns Columns { get; init; } = RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights;

    /// <summary>Indices of the routers that are written, in forward order; empty = all.</summary>
    public IReadOnlyList<int> Routers { get; init; } = [];
}
