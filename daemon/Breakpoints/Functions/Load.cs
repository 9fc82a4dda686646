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
        Parameters = [Parameter.RealExpert, Parameter.Window],
        Unit = "fair share = 1",
        Meaning = "c_e·N / C: utilization of expert e, N without zero experts (identities), which have none",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable(0, (double)r.Rule.RealExperts / r.Rule.LeastReal),
        Compute = Of,
    };

    private static double Of(Evaluation at, int expert, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (expert < 0) return double.NaN;
        if (expert >= loads.Counts.Length) return at.Fail(static () => $"a zero expert (identity) has no load", column);
        if (loads.Assignments == 0) return at.Fail(static () => $"nothing was routed in the window", column);
        return (double)loads.Counts[expert] * loads.Counts.Length / loads.Assignments;
    }
}
