using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Rank
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "rank",
        Kind = ValueKind.Number,
        Scope = Scope.Pass,
        Unit = "from 0",
        Meaning = "process of a distributed run",
        Range = _ => Attainable.Count,
        Compute = static (Evaluation at) => (double)at.Batch.Pass.Rank,
    };
}
