using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class RoutingWeights
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "routing_weights",
        Kind = ValueKind.Vector,
        Scope = Scope.Decision,
        Unit = "weight",
        Meaning = "w: weight of slot i as handed to the experts; 0 in an empty slot",
        Columns = RoutingColumns.RoutingWeights,
        Range = r => new Attainable(0, r.Rule.MostWeight, MayBeNaN: true),
    };
}
