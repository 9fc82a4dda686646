namespace MoeDevtools.Debugging.Views;

/// <summary>Decisions of one router, a row each, in the order of the run. Columns are parallel; NaN = unknown or undefined. Immutable.</summary>
public sealed record TokenPage
{
    public required long[] Step { get; init; }

    public required int[] Pass { get; init; }

    public required int[] Rank { get; init; }

    public required int[] Row { get; init; }

    public required int[] Sequence { get; init; }

    /// <summary>-1 = unknown.</summary>
    public required int[] Position { get; init; }

    /// <summary>-1 = unknown.</summary>
    public required int[] TokenId { get; init; }

    /// <summary>Null = unknown.</summary>
    public required IReadOnlyList<string?> Text { get; init; }

    /// <summary>Null = none.</summary>
    public required IReadOnlyList<string?> Label { get; init; }

    /// <summary><c>[rows, slots]</c>; -1 = empty.</summary>
    public required int[,] Experts { get; init; }

    /// <summary><c>[rows, slots]</c>.</summary>
    public required float[,] Weights { get; init; }

    /// <summary>Selection margin.</summary>
    public required float[] Margin { get; init; }

    /// <summary>Router entropy, 0 to 1.</summary>
    public required float[] Entropy { get; init; }

    /// <summary>1 = an intervention changed the decision.</summary>
    public required byte[] Changed { get; init; }

    /// <summary>Whether there are rows before the first.</summary>
    public required bool HasEarlier { get; init; }

    /// <summary>Whether there are rows after the last.</summary>
    public required bool HasLater { get; init; }
}
