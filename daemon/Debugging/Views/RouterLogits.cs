namespace MoeDevtools.Debugging.Views;

/// <summary>Logits of one router. Immutable.</summary>
public sealed record RouterLogits
{
    /// <summary>Index in forward order.</summary>
    public required int Router { get; init; }

    /// <summary><c>router_logits</c>, or <c>router_scores</c> where logits are not recorded.</summary>
    public required string Column { get; init; }

    /// <summary>Whether the column was derived from others and not computed by the model.</summary>
    public required bool Derived { get; init; }

    /// <summary>Values of experts that were chosen <c>[bins]</c>.</summary>
    public required long[] Chosen { get; init; }

    /// <summary>Values of those that were not <c>[bins]</c>.</summary>
    public required long[] NotChosen { get; init; }

    /// <summary>Values that are NaN or infinite, and so in no bin.</summary>
    public required long NotFinite { get; init; }

    /// <summary>Least z-loss of the steps of each pixel <c>[pixels]</c>; NaN = none.</summary>
    public required float[] ZMin { get; init; }

    /// <summary>Largest.</summary>
    public required float[] ZMax { get; init; }
}
