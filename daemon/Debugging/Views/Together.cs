namespace MoeDevtools.Debugging.Views;

/// <summary>How often experts of two routers, or of one, are chosen for the same token. Immutable.</summary>
public sealed record Together
{
    /// <summary>Steps that were looked at; null = none is recorded in the range.</summary>
    public required StepRange? Range { get; init; }

    /// <summary>T.</summary>
    public required long Tokens { get; init; }

    /// <summary>N_ij <c>[experts of a, experts of b]</c>.</summary>
    public required long[,] Counts { get; init; }

    /// <summary>1 = chance; NaN where an expert was never chosen <c>[experts of a, experts of b]</c>.</summary>
    public required float[,] Lift { get; init; }

    /// <summary>Experts of a, similar ones side by side.</summary>
    public required IReadOnlyList<int> OrderA { get; init; }

    /// <summary>Experts of b.</summary>
    public required IReadOnlyList<int> OrderB { get; init; }
}
