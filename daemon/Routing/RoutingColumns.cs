namespace MoeDevtools.Routing;

/// <summary>The columns of a <see cref="RoutingBatch"/>. The values are stored in traces: never renumber.</summary>
[Flags]
public enum RoutingColumns
{
    None = 0,
    RouterLogits = 1 << 0,
    RouterScores = 1 << 1,
    SelectionScores = 1 << 2,
    SelectedExperts = 1 << 3,
    RoutingWeights = 1 << 4,
    All = RouterLogits | RouterScores | SelectionScores | SelectedExperts | RoutingWeights,
}
