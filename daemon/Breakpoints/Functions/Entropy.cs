using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Entropy
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "entropy",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "0 to 1",
        Meaning = "−Σ p ln p / ln N with p = s / Σ s, over all N router scores",
        Columns = RoutingColumns.RouterScores,
        Range = r => new Attainable(0, r.Experts == 1 ? 0 : 1),
        Compute = Of,
    };

    private static double Of(Evaluation at, int column)
    {
        if (!at.Has(RoutingColumns.RouterScores, column)) return double.NaN;
        var entropy = at.Entropy();
        return double.IsNaN(entropy) ? at.Fail(static () => $"the entropy of scores that are not finite is undefined", column) : entropy;
    }
}
