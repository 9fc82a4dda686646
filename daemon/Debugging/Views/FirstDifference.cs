namespace MoeDevtools.Debugging.Views;

/// <summary>The first decision in which two runs differ, where it stands in A. Immutable.</summary>
/// <param name="Router">Index in A.</param>
/// <param name="Token">Its text, or its id in angle brackets.</param>
/// <param name="Margin">Selection margin in A; null = not recorded, or undefined.</param>
public sealed record FirstDifference(long Step, int Pass, int Rank, int Row, int Router, string Token, IReadOnlyList<int> ExpertsA, IReadOnlyList<int> ExpertsB, double? Margin);
