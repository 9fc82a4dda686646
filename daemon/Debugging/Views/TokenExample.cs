namespace MoeDevtools.Debugging.Views;

/// <summary>A token that chose an expert, in its context. Immutable.</summary>
/// <param name="Before">Text before it in its sequence, as far as it is recorded nearby.</param>
/// <param name="Weight">Null = not recorded.</param>
public sealed record TokenExample(long Step, int Pass, int Rank, int Row, string Before, string Token, string After, double? Weight);
