namespace MoeDevtools.Debugging.Views;

/// <summary>How far two runs route alike over the same tokens. Immutable.</summary>
public sealed record RunComparison
{
    /// <summary>Tokens that were compared.</summary>
    public required long Tokens { get; init; }

    /// <summary>Share of tokens that chose other experts at some router.</summary>
    public required double Differing { get; init; }

    /// <summary>Null = the runs route alike.</summary>
    public required FirstDifference? First { get; init; }

    /// <summary>Those that both have, in forward order of A.</summary>
    public required IReadOnlyList<RouterComparison> Routers { get; init; }

    /// <summary>Names of routers that only one run recorded.</summary>
    public required IReadOnlyList<string> NotCompared { get; init; }

    /// <summary>Tokens that only A has.</summary>
    public required long OnlyInA { get; init; }

    public required long OnlyInB { get; init; }

    /// <summary>Generated tokens that were left out, because the texts differ before them.</summary>
    public required long AfterDivergence { get; init; }
}
