using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Top1Margin
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "top1Margin",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "0 to 1, or more",
        Meaning = "s(1) − s(2): largest router score minus the second",
        Columns = RoutingColumns.RouterScores,
        Range = r => new Attainable(0, r.Rule.MostScore),
        Undefined = r => r.Rule.ByToken ? Binder.NothingRanked : r.Experts > 1 ? null : "the router has one expert, so there is no second score",
        Compute = Of,
    };

    private static double Of(Evaluation at, int column)
    {
        if (!at.Has(RoutingColumns.RouterScores, column)) return double.NaN;
        float first = float.NegativeInfinity, second = float.NegativeInfinity;
        foreach (var s in at.Batch.ScoresOf(at.Row))
        {
            if (!float.IsFinite(s)) return at.Fail(static () => $"the margin of scores that are not finite is undefined", column);
            if (s > first) (second, first) = (first, s);
            else if (s > second) second = s;
        }
        return (double)first - second;
    }
}
