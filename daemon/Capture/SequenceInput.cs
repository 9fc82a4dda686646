namespace MoeDevtools.Capture;

/// <summary>One sequence to run: a prompt or a document.</summary>
/// <param name="Ids">Token ids, at least one.</param>
public sealed record SequenceInput(IReadOnlyList<int> Ids)
{
    /// <summary>The user's id of the document; null = none.</summary>
    public string? Id { get; init; }

    /// <summary>The user's label (a domain, say); null = none.</summary>
    public string? Label { get; init; }
}
