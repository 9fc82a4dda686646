using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Views;

/// <summary>Where a decision was cut off.</summary>
/// <param name="Expert">The best expert by selection score that was not chosen; null = none is left, or selection scores are not captured.</param>
/// <param name="Margin">How far it is below the worst that was chosen; NaN without one.</param>
/// <param name="Dropped">Experts that the row chose and that had all the tokens that they take.</param>
public sealed record SelectionCut(int? Expert, double Margin, IReadOnlyList<int> Dropped)
{
    /// <param name="batch">With the selected experts.</param>
    public static SelectionCut Of(RoutingBatch batch, int row)
    {
        var k = batch.Router.Rule.K;
        var chosen = batch.ExpertsOf(row).ToArray();
        int[] dropped = batch.Chosen.IsEmpty ? [] : [.. batch.Chosen.Slice(row * k, k).ToArray().Where(e => e >= 0 && !chosen.Contains(e))];
        if (!batch.Has(RoutingColumns.SelectionScores)) return new SelectionCut(null, double.NaN, dropped);
        var selection = batch.SelectionOf(row);
        var best = -1;
        for (var e = 0; e < selection.Length; e++)
            if (!chosen.Contains(e) && !dropped.Contains(e) && !float.IsNegativeInfinity(selection[e]) && (best < 0 || selection[e] > selection[best])) best = e;
        var worst = float.PositiveInfinity;
        foreach (var e in chosen)
            if (e >= 0) worst = Math.Min(worst, selection[e]);
        foreach (var e in dropped) worst = Math.Min(worst, selection[e]);
        var margin = best < 0 ? double.NaN : worst - selection[best];
        return new SelectionCut(double.IsNaN(margin) ? null : best, margin, dropped);
    }
}
