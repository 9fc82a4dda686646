using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class WeightOf
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "weightOf",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Parameters = [Parameter.Expert],
        Unit = "weight",
        Meaning = "routing weight of expert e; 0 where it is not selected",
        Columns = RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights,
        Range = r => new Attainable(0, r.Rule.MostWeight, MayBeNaN: true),
        Compute = Of,
    };

    private static double Of(Evaluation at, int expert, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights, column)) return double.NaN;
        var slot = at.Batch.ExpertsOf(at.Row).IndexOf(expert);
        return slot < 0 ? 0 : at.Batch.WeightsOf(at.Row)[slot];
    }
}
