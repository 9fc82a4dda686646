using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class DropRate
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "dropRate",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Window],
        Unit = "0 to 1",
        Meaning = "empty slots / all slots of the tokens",
        Columns = RoutingColumns.SelectedExperts,
        Range = _ => new Attainable(0, 1),
        Compute = Of,
    };

    private static double Of(Evaluation at, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        var slots = loads.EmptySlots + loads.Assignments + loads.IdentityAssignments;
        if (slots == 0) return at.Fail(static () => $"the window has no tokens", column);
        return (double)loads.EmptySlots / slots;
    }
}
