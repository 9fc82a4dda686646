using MoeDevtools.Debugging.Views;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>The first decision in which two runs differ.</summary>
/// <param name="At">Where it stands in the recording A; null = A is a checkpoint.</param>
/// <param name="TokenId">-1 = unknown.</param>
/// <param name="MarginA">a(k) − a(k+1); null = not recorded, or undefined.</param>
public sealed record Divergence(
    RouterInfo Router, RowPlace? At, int Sequence, int Position, int TokenId, string? Text, IReadOnlyList<int> ExpertsA, IReadOnlyList<int> ExpertsB, double? MarginA, double? MarginB);
