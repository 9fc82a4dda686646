using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class EffectiveExperts
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "effectiveExperts",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Window],
        Unit = "1 to N",
        Meaning = "exp(−Σ q ln q) with q = c / C",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable(r.Rule.LeastReal, r.Rule.RealExperts),
        Compute = Of,
    };

    private static double Of(Evaluation at, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (loads.Assignments == 0) return at.Fail(static () => $"nothing was routed in the window", column);
        return LoadFormulas.EffectiveExperts(loads.Counts);
    }
}
