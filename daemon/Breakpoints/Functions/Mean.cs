using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Mean
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "mean",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.RowNumber],
        Unit = "as its argument",
        Meaning = "mean over the rows",
        Range = _ => Attainable.Any,
    };
}
