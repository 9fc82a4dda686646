using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Share
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "share",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Expert, Parameter.Window],
        Unit = "0 to 1",
        Meaning = "c_e / T: share of the tokens that use expert e; the shares sum to k",
        Columns = RoutingColumns.SelectedExperts,
        Range = _ => new Attainable(0, 1),
        Compute = Of,
    };

    private static double Of(Evaluation at, int expert, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (expert < 0) return double.NaN;
        if (loads.Tokens == 0) return at.Fail(static () => $"the window has no tokens", column);
        return (double)loads.AllCounts[expert] / loads.Tokens;
    }
}
