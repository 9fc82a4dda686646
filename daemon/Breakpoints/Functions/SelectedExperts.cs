using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class SelectedExperts
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "selected_experts",
        Kind = ValueKind.Vector,
        Scope = Scope.Decision,
        Unit = "id",
        Meaning = "expert in slot i, by descending routing weight; -1 = empty slot",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable(-1, r.Experts - 1, Whole: true),
    };
}
