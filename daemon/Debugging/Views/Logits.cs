namespace MoeDevtools.Debugging.Views;

/// <summary>How the raw scores of routers lie. Immutable.</summary>
public sealed record Logits
{
    /// <summary>Steps that were looked at; null = none is recorded in the range.</summary>
    public required StepRange? Range { get; init; }

    /// <summary>Of the bins, which all routers share <c>[bins + 1]</c>.</summary>
    public required double[] Edges { get; init; }

    /// <summary>Steps of a pixel of the z-losses.</summary>
    public required long StepsPerPixel { get; init; }

    /// <summary>Those of which logits or scores are recorded.</summary>
    public required IReadOnlyList<RouterLogits> Routers { get; init; }
}
