using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class DeadExperts
{
    private const double Level = 0.001;

    public static Quantity Quantity { get; } = new()
    {
        Name = "deadExperts",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Window],
        Unit = "experts",
        Meaning = "number of experts with c_e = 0 where a binomial test says that zero is not chance: (1 − C/(N·T))^T < 0.001 / N",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable(0, r.Experts - r.Rule.K, Whole: true),
        Compute = Of,
    };

    private static double Of(Evaluation at, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        if (loads.Assignments == 0) return at.Fail("nothing was routed in the window", column);
        // The chance that an expert of fair share is chosen by none of T tokens. Divided by N: the chance that any of N fair experts
        // shows none stays below the level.
        var experts = loads.Counts.Length;
        var fair = (double)loads.Assignments / experts / loads.Tokens;
        return Math.Pow(1 - fair, loads.Tokens) < Level / experts ? loads.Counts.Count(0) : 0;
    }
}
