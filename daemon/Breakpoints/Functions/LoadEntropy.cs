using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class LoadEntropy
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "loadEntropy",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Window],
        Unit = "0 to 1",
        Meaning = "−Σ q ln q / ln N with q = c / C; 0 for a single expert",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => r.Rule.RealExperts == 1 ? Attainable.Of(0) : new Attainable(Math.Log(r.Rule.LeastReal) / Math.Log(r.Rule.RealExperts), 1),
        Compute = Of,
    };

    private static double Of(Evaluation at, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (loads.Assignments == 0) return at.Fail(static () => $"nothing was routed in the window", column);
        return LoadFormulas.NormalisedEntropy(loads.Counts);
    }
}
