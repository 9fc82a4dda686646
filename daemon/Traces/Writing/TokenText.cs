namespace MoeDevtools.Traces.Writing;

/// <summary>The text of a token id, the first time that it comes.</summary>
internal sealed record TokenText(int Id, string Text);
