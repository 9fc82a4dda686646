using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Position
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "position",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "from 0",
        Meaning = "position of the token in its sequence",
        Range = _ => Attainable.Count,
        Compute = static (Evaluation at) => (double)at.Batch.Pass.Rows.Position[at.Row],
    };
}
