namespace MoeDevtools.Debugging.Views;

/// <summary>One metric of one router. Immutable.</summary>
/// <param name="Metric"><c>cv</c>, <c>entropy</c>, <c>margin</c>, <c>drops</c> or <c>zLoss</c>.</param>
/// <param name="Min">Least value of the steps of each pixel <c>[pixels]</c>; NaN = none.</param>
/// <param name="Max">Largest.</param>
public sealed record TimelineSeries(int Router, string Metric, float[] Min, float[] Max);
