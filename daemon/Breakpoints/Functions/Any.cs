using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Any
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "any",
        Kind = ValueKind.Truth,
        Scope = Scope.Batch,
        Parameters = [Parameter.RowTruth],
        Unit = "true or false",
        Meaning = "the condition is true in at least one row",
        Range = _ => Attainable.Truth,
    };
}
