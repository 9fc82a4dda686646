namespace MoeDevtools.Debugging.Views;

/// <summary>The utilization of an expert over steps. Immutable.</summary>
/// <param name="Min">Least of the steps of each pixel <c>[pixels]</c>; NaN = none.</param>
/// <param name="Max">Largest.</param>
public sealed record LoadLine(long StepsPerPixel, float[] Min, float[] Max);
