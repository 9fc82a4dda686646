using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Selected
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "selected",
        Kind = ValueKind.Truth,
        Scope = Scope.Decision,
        Parameters = [Parameter.Expert],
        Unit = "true or false",
        Meaning = "expert e is one of the selected experts",
        Columns = RoutingColumns.SelectedExperts,
        Range = _ => Attainable.Truth,
        Compute = Of,
    };

    private static bool Of(Evaluation at, int expert, int column) =>
        at.Has(RoutingColumns.SelectedExperts, column) && at.Batch.ExpertsOf(at.Row).Contains(expert);
}
