namespace MoeDevtools.Traces.Writing;

/// <summary>Texts and labels of the rows of the pass whose record follows, as JSON: those that follow neither from a token id nor from a sequence. Null = none.</summary>
internal sealed record RowTexts(string? Texts, string? Labels);
