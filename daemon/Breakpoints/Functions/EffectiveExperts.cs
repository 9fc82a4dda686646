using MoeDevtools.Breakpoints.Conditions;
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
        Range = r => new Attainable(r.Rule.K, r.Experts),
        Compute = Of,
    };

    private static double Of(Evaluation at, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (loads.Assignments == 0) return at.Fail("nothing was routed in the window", column);
        return Math.Exp(Entropy(loads));
    }

    /// <summary>−Σ q ln q in nats.</summary>
    internal static double Entropy(WindowLoads loads)
    {
        var sum = 0.0;
        foreach (var c in loads.Counts)
            if (c > 0) sum += c * Math.Log(c);
        return Math.Log(loads.Assignments) - sum / loads.Assignments;
    }
}
