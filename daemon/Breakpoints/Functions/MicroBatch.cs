using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class MicroBatch
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "micro_batch",
        Kind = ValueKind.Number,
        Scope = Scope.Pass,
        Unit = "from 0",
        Meaning = "the same as pass: a micro-batch in training, a prefill chunk in inference",
        Range = _ => Attainable.Count,
        Compute = static (Evaluation at) => (double)at.Batch.Pass.Pass,
    };
}
