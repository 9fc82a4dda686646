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
        Compute = Of,
    };

    private static double Of(Evaluation at, int column)
    {
        var position = at.Batch.Pass.Rows.Position[at.Row];
        return position >= 0 ? position : at.Fail(static () => $"the token's position is not known", column);
    }
}
