using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class ZeroExperts
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "zeroExperts",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Window],
        Unit = "experts",
        Meaning = "number of experts with c_e = 0, whether by chance or not",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable(0, r.Rule.RealExperts - Math.Max(0, r.Rule.K - r.Rule.IdentityExperts), Whole: true),
        Compute = Of,
    };

    private static double Of(Evaluation at, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (loads.Tokens == 0) return at.Fail(static () => $"the window has no tokens", column);
        return loads.Counts.Count(0);
    }
}
