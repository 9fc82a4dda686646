using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Breakpoints.Functions;

internal static class SelectionScores
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "selection_scores",
        Kind = ValueKind.Vector,
        Scope = Scope.Decision,
        Unit = "raw",
        Meaning = "a: what top-k ranks, expert i; scores or logits by the rule + correction bias, −∞ or 0 outside the kept groups",
        Columns = RoutingColumns.SelectionScores,
        Range = r => r.Rule.Ranks == RankedValues.Logits
            ? new Attainable(double.NegativeInfinity, double.PositiveInfinity, MayBeNaN: true)
            : new Attainable(
                r.Rule.Groups > 1 ? Math.Min(r.Rule.GroupFill, Math.Min(0, r.Rule.Bias?.Min() ?? 0)) : Math.Min(0, r.Rule.Bias?.Min() ?? 0),
                r.Rule.MostScore + Math.Max(0, r.Rule.Bias?.Max() ?? 0), MayBeNaN: true),
    };
}
