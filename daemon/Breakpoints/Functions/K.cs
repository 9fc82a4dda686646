using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class K
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "k",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "experts",
        Meaning = "experts that the row uses: its slots without the empty ones",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable(0, r.Rule.K, Whole: true),
        Compute = Of,
    };

    private static double Of(Evaluation at, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var experts = at.Batch.ExpertsOf(at.Row);
        return experts.Length - experts.Count(-1);
    }
}
