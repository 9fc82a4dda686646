using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Step
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "step",
        Kind = ValueKind.Number,
        Scope = Scope.Pass,
        Unit = "from 1",
        Meaning = "optimizer step in training; prefill or decoded token in inference",
        Range = _ => Attainable.Any with { Whole = true, MayBeNaN = false },
        Compute = static (Evaluation at) => (double)at.Batch.Pass.Step,
    };
}
