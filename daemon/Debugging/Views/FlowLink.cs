namespace MoeDevtools.Debugging.Views;

/// <summary>Tokens that go from one node to another. Immutable.</summary>
public sealed record FlowLink(string Source, string Target, long Count);
