namespace MoeDevtools.Capture.Parity;

/// <summary>What came out of comparing one folder with its reference. Largest absolute differences; null = not compared.</summary>
public sealed record ParityRow
{
    public required string Folder { get; init; }

    /// <summary><c>model</c> or <c>tokenizer</c>.</summary>
    public required string Kind { get; init; }

    public double? Logits { get; init; }

    public double? HiddenStates { get; init; }

    public double? RouterLogits { get; init; }

    /// <summary>Router scores and selection scores.</summary>
    public double? Scores { get; init; }

    public double? Weights { get; init; }

    /// <summary>Rows whose selected experts are not those of the reference, of <see cref="Decisions"/>.</summary>
    public long DecisionsDiffer { get; init; }

    public long Decisions { get; init; }

    /// <summary>Null where the reference has no greedy continuation.</summary>
    public bool? GreedyEqual { get; init; }

    /// <summary>Cases of a tokenizer's reference that differ, of <see cref="Cases"/>.</summary>
    public long CasesDiffer { get; init; }

    public long Cases { get; init; }

    /// <summary>On logits, hidden states and router logits; scores and weights have a tenth of it.</summary>
    public double? Bound { get; init; }

    public required bool Pass { get; init; }

    /// <summary>The first difference in words, or why nothing could be compared; null when all is equal.</summary>
    public string? Detail { get; init; }
}
