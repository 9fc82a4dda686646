using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>What a comparison of two runs came to.</summary>
public sealed record RoutingDiff
{
    /// <summary>Routers that were compared, as A describes them, in forward order.</summary>
    public required IReadOnlyList<RouterInfo> Routers { get; init; }

    /// <summary>By index of <see cref="Routers"/>.</summary>
    public required RoutingAgreement Agreement { get; init; }

    /// <summary>Null = the runs route alike.</summary>
    public Divergence? First { get; init; }

    /// <summary>Tokens that only one run has.</summary>
    public long OnlyInA { get; init; }

    /// <inheritdoc cref="OnlyInA"/>
    public long OnlyInB { get; init; }

    /// <summary>Generated tokens that were left out, because the texts differ before them.</summary>
    public long AfterDivergence { get; init; }

    /// <summary>Names of routers that only one run recorded.</summary>
    public IReadOnlyList<string> NotCompared { get; init; } = [];
}
