using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Max
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "max",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.RowNumber],
        Unit = "as its argument",
        Meaning = "largest over the rows",
        Range = _ => Attainable.Any,
    };
}
