namespace MoeDevtools.Debugging.Views;

/// <summary>An expert, a token of the vocabulary, or all others of its side. Immutable.</summary>
/// <param name="Id">In links.</param>
/// <param name="Router">Index; null = the side of tokens.</param>
/// <param name="Expert">Null = a token, or others.</param>
/// <param name="Token">Its text, or its id where that is unknown; null = an expert, or others.</param>
/// <param name="Count">Tokens that pass through.</param>
public sealed record FlowNode(string Id, int? Router, int? Expert, string? Token, long Count);
