using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Dropped
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "dropped",
        Kind = ValueKind.Truth,
        Scope = Scope.Decision,
        Unit = "true or false",
        Meaning = "a slot of the row holds no expert (-1): dropped, or taken out",
        Columns = RoutingColumns.SelectedExperts,
        Range = _ => Attainable.Truth,
        Compute = Of,
    };

    private static bool Of(Evaluation at, int column) =>
        at.Has(RoutingColumns.SelectedExperts, column) && at.Batch.ExpertsOf(at.Row).Contains(-1);
}
