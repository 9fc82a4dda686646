namespace MoeDevtools.Routing;

/// <summary>What a training program says of a step on one rank, just before its optimizer moves the weights. What is null was not known. Immutable.</summary>
public sealed record TrainingStep
{
    /// <summary>The optimizer step, from 1.</summary>
    public required long Step { get; init; }

    public int Rank { get; init; }

    public double? Loss { get; init; }

    /// <summary>Routers whose weights this rank holds, at most one entry each.</summary>
    public IReadOnlyList<RouterWeights> Routers { get; init; } = [];
}
