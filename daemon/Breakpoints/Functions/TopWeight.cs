using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class TopWeight
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "topWeight",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "weight",
        Meaning = "max w: the largest routing weight of the row",
        Columns = RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights,
        Range = r => new Attainable(0, r.Rule.MostWeight, MayBeNaN: true),
        Compute = Of,
    };

    private static double Of(Evaluation at, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights, column)) return double.NaN;
        var experts = at.Batch.ExpertsOf(at.Row);
        var weights = at.Batch.WeightsOf(at.Row);
        var top = double.NegativeInfinity;
        for (var j = 0; j < experts.Length; j++)
            if (experts[j] >= 0) top = Math.Max(top, weights[j]);
        return double.IsNegativeInfinity(top) ? at.Fail(static () => $"the row uses no expert", column) : top;
    }
}
