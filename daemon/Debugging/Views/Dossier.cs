namespace MoeDevtools.Debugging.Views;

/// <summary>What one expert is for. Rates stand beside their counts; what is undefined is null. Immutable.</summary>
public sealed record Dossier
{
    /// <summary>Steps that were looked at; null = none is recorded in the range.</summary>
    public required StepRange? Range { get; init; }

    /// <summary>Index in forward order.</summary>
    public required int Router { get; init; }

    public required int Expert { get; init; }

    /// <summary>T: tokens that came to the router.</summary>
    public required long Tokens { get; init; }

    /// <summary>c_e.</summary>
    public required long Count { get; init; }

    /// <summary>c_e N / C: 1 = fair share.</summary>
    public required double? Utilization { get; init; }

    /// <summary>c_e / T: chance is k/N.</summary>
    public required double? Share { get; init; }

    /// <summary>95 % interval of the share: low and high; empty where it is undefined.</summary>
    public required IReadOnlyList<double> Interval { get; init; }

    /// <summary>Tokens, pairs and domains that are rarer are not told of.</summary>
    public required int MinimumCount { get; init; }

    /// <summary>Tokens of the vocabulary that it is chosen for more than by chance, the largest PMI first.</summary>
    public required IReadOnlyList<TopToken> TopTokens { get; init; }

    /// <summary>Labels, the largest share first.</summary>
    public required IReadOnlyList<DomainShare> Domains { get; init; }

    /// <summary>Experts of the same router chosen with it more than by chance, the largest lift first.</summary>
    public required IReadOnlyList<Partner> Partners { get; init; }

    /// <summary>Experts of the next router of the stack.</summary>
    public required IReadOnlyList<Partner> Next { get; init; }

    /// <summary>Experts with the most similar router rows; null = no checkpoint is open.</summary>
    public required IReadOnlyList<SimilarExpert>? Similar { get; init; }

    /// <summary>Its utilization by step.</summary>
    public required LoadLine Timeline { get; init; }

    /// <summary>Where it had the largest weights, each token of the vocabulary once; the largest first.</summary>
    public required IReadOnlyList<TokenExample> Examples { get; init; }
}
