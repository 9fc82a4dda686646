using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Min
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "min",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.RowNumber],
        Unit = "as its argument",
        Meaning = "smallest over the rows",
        Range = _ => Attainable.Any,
    };
}
