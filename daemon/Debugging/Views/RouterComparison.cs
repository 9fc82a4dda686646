namespace MoeDevtools.Debugging.Views;

/// <summary>How far two runs route alike at one router. Immutable.</summary>
/// <param name="Router">Index in A.</param>
/// <param name="Agreement">mean |S ∩ S'| / k; chance is k/N. Null = nothing was compared here.</param>
/// <param name="Jaccard">mean |S ∩ S'| / |S ∪ S'|.</param>
/// <param name="Differing">Share of decisions that differ.</param>
/// <param name="CountsA">c_e over all that A recorded <c>[experts]</c>.</param>
public sealed record RouterComparison(int Router, double? Agreement, double? Jaccard, double? Differing, long[] CountsA, long[] CountsB);
