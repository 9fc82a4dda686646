using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Cv
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "cv",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Window],
        Unit = "fair share = 0",
        Meaning = "σ / c̄ of the counts c, σ over the population",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable(0, Math.Sqrt((double)r.Rule.RealExperts / r.Rule.LeastReal - 1)),
        Compute = Of,
    };

    private static double Of(Evaluation at, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (loads.Assignments == 0) return at.Fail(static () => $"nothing was routed in the window", column);
        return LoadFormulas.Cv(loads.Counts);
    }
}
