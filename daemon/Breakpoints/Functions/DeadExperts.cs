using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class DeadExperts
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "deadExperts",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Window],
        Unit = "experts",
        Meaning = "number of experts with c_e = 0 where a binomial test says that zero is not chance: (1 − C/(N·T))^T < 0.001 / N",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable(0, r.Rule.RealExperts - r.Rule.LeastReal, Whole: true),
        Compute = Of,
    };

    private static double Of(Evaluation at, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (loads.Assignments == 0) return at.Fail(static () => $"nothing was routed in the window", column);
        return LoadFormulas.ZeroIsNoChance(loads.Counts, loads.Tokens) ? loads.Counts.Count(0) : 0;
    }
}
