using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class SelectionScores
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "selection_scores",
        Kind = ValueKind.Vector,
        Scope = Scope.Decision,
        Unit = "raw",
        Meaning = "a: what top-k ranks, expert i; scores + correction bias, −∞ outside the kept groups",
        Columns = RoutingColumns.SelectionScores,
        Range = r => new Attainable(
            r.Rule.Groups > 1 ? double.NegativeInfinity : Math.Min(0, r.Rule.Bias?.Min() ?? 0), 1 + Math.Max(0, r.Rule.Bias?.Max() ?? 0), MayBeNaN: true),
    };
}
