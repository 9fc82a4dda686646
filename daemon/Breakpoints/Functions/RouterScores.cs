using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class RouterScores
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "router_scores",
        Kind = ValueKind.Vector,
        Scope = Scope.Decision,
        Unit = "0 to 1, or more",
        Meaning = "s: the score function of the logits, expert i; sqrt-softplus has no upper end",
        Columns = RoutingColumns.RouterScores,
        Range = r => new Attainable(0, r.Rule.MostScore, MayBeNaN: true),
    };
}
