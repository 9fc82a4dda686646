using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Sequence
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "sequence",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "from 0",
        Meaning = "sequence (prompt, document) of the row",
        Range = _ => Attainable.Count,
        Compute = Of,
    };

    private static double Of(Evaluation at, int column)
    {
        var sequence = at.Batch.Pass.Rows.Sequence[at.Row];
        return sequence >= 0 ? sequence : at.Fail(static () => $"the row's sequence is not known", column);
    }
}
