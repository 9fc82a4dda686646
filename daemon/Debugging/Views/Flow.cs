namespace MoeDevtools.Debugging.Views;

/// <summary>Where tokens go by their first choice: from experts to experts of a later router, or from tokens of the vocabulary to experts. Immutable.</summary>
public sealed record Flow
{
    /// <summary>Steps that were looked at; null = none is recorded in the range.</summary>
    public required StepRange? Range { get; init; }

    /// <summary>The sum of all links.</summary>
    public required long Tokens { get; init; }

    public required IReadOnlyList<FlowNode> Nodes { get; init; }

    /// <summary>Largest first.</summary>
    public required IReadOnlyList<FlowLink> Links { get; init; }

    /// <summary>Links that were too small, and are merged.</summary>
    public required int Others { get; init; }
}
