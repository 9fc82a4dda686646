using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Numerics;
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

    private static double Of(Evaluation at, int column)
    {
        if (!at.Has(RoutingColumns.SelectionScores, column)) return double.NaN;
        var scores = at.Batch.SelectionOf(at.Row);
        var k = at.Batch.Router.Rule.K;
        if (k >= scores.Length) return at.Fail(static () => $"k = N leaves no expert k + 1", column);
        var margin = Formulas.Margin(scores, k);
        if (!double.IsNaN(margin)) return margin;
        foreach (var a in scores)
            if (float.IsNaN(a)) return at.Fail(static () => $"the margin of scores that are not finite is undefined", column);
        return at.Fail(static () => $"fewer than k + 1 experts can be chosen here", column);
    }

    private static string? UndefinedAt(RouterInfo router)
    {
        var rule = router.Rule;
        var choosable = rule.Groups > 1 && float.IsNegativeInfinity(rule.GroupFill) ? rule.GroupsKept * (rule.Experts / rule.Groups) : rule.Experts;
        return rule.K < choosable ? null : FormattableString.Invariant($"k = {rule.K} of {choosable} experts that can be chosen leaves no expert k + 1");
    }
}
