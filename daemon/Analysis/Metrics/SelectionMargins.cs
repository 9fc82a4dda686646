using MoeDevtools.Numerics;

namespace MoeDevtools.Analysis.Metrics;

/// <summary>a(k) − a(k+1) of selection scores: how nearly another expert was chosen.</summary>
public static class SelectionMargins
{
    /// <param name="selection"><c>[experts]</c>.</param>
    /// <returns>NaN where it is undefined: no expert k + 1, or scores that are not finite.</returns>
    public static double Of(ReadOnlySpan<float> selection, int k)
    {
        if (k < 1 || k >= selection.Length) return double.NaN;
        Span<int> best = stackalloc int[k + 1];
        Formulas.TopK(selection, best);
        return best[k] >= 0 && float.IsFinite(selection[best[k - 1]]) && float.IsFinite(selection[best[k]]) ? (double)selection[best[k - 1]] - selection[best[k]] : double.NaN;
    }
}
