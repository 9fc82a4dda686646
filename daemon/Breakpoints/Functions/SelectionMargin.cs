using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class SelectionMargin
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "selectionMargin",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "selection score",
        Meaning = "a(k) − a(k+1): selection score of the last expert chosen minus that of the first not chosen, k by the rule",
        Columns = RoutingColumns.SelectionScores,
        Range = _ => new Attainable(0, double.PositiveInfinity),
        Undefined = UndefinedAt,
        Compute = Of,
    };

    // Insertion into the k + 1 best: k is small, and most scores fail the first comparison.
    private static double Of(Evaluation at, int column)
    {
        if (!at.Has(RoutingColumns.SelectionScores, column)) return double.NaN;
        var scores = at.Batch.SelectionOf(at.Row);
        var k = at.Batch.Router.Rule.K;
        if (k >= scores.Length) return at.Fail("k = N leaves no expert k + 1", column);
        Span<float> best = stackalloc float[k + 1];
        best.Fill(float.NegativeInfinity);
        foreach (var a in scores)
        {
            if (float.IsNaN(a)) return at.Fail("the margin of scores that are not finite is undefined", column);
            var j = k;
            if (!(a > best[j])) continue;
            for (; j > 0 && a > best[j - 1]; j--) best[j] = best[j - 1];
            best[j] = a;
        }
        return float.IsFinite(best[k]) && float.IsFinite(best[k - 1]) ? (double)best[k - 1] - best[k] : at.Fail("fewer than k + 1 experts can be chosen here", column);
    }

    private static string? UndefinedAt(RouterInfo router)
    {
        var rule = router.Rule;
        var choosable = rule.Groups > 1 && float.IsNegativeInfinity(rule.GroupFill) ? rule.GroupsKept * (rule.Experts / rule.Groups) : rule.Experts;
        return rule.K < choosable ? null : FormattableString.Invariant($"k = {rule.K} of {choosable} experts that can be chosen leaves no expert k + 1");
    }
}
