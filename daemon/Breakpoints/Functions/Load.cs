using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Load
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "load",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Expert, Parameter.Window],
        Unit = "fair share = 1",
        Meaning = "c_e·N / C: utilization of expert e",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable(0, (double)r.Experts / r.Rule.K),
        Compute = Of,
    };

    private static double Of(Evaluation at, int expert, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (expert < 0) return double.NaN;
        if (loads.Assignments == 0) return at.Fail(static () => $"nothing was routed in the window", column);
        return (double)loads.Counts[expert] * loads.Counts.Length / loads.Assignments;
    }
}
