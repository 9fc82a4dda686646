using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Row
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "row",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "from 0",
        Meaning = "row of the batch, padding counted",
        Range = _ => Attainable.Count,
        Compute = static (Evaluation at) => (double)at.Row,
    };
}
