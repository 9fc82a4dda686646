using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class RouterLogits
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "router_logits",
        Kind = ValueKind.Vector,
        Scope = Scope.Decision,
        Unit = "raw",
        Meaning = "z: the raw score of expert i",
        Columns = RoutingColumns.RouterLogits,
        Range = _ => Attainable.Any,
    };
}
