using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Count
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "count",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.RowTruth],
        Unit = "rows",
        Meaning = "rows in which the condition is true",
        Range = _ => Attainable.Count,
    };
}
