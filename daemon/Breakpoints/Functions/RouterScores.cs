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
        Unit = "0 to 1",
        Meaning = "s: the score function of the logits, expert i",
        Columns = RoutingColumns.RouterScores,
        Range = _ => new Attainable(0, 1, MayBeNaN: true),
    };
}
