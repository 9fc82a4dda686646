using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Pass
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "pass",
        Kind = ValueKind.Number,
        Scope = Scope.Pass,
        Unit = "from 0",
        Meaning = "forward pass within the step",
        Range = _ => Attainable.Count,
        Compute = static (Evaluation at) => (double)at.Batch.Pass.Pass,
    };
}
