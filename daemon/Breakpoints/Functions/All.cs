using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class All
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "all",
        Kind = ValueKind.Truth,
        Scope = Scope.Batch,
        Parameters = [Parameter.RowTruth],
        Unit = "true or false",
        Meaning = "the condition is true in every row",
        Range = _ => Attainable.Truth,
    };
}
