using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class TokenId
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "token_id",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "id",
        Meaning = "the token's id in the vocabulary",
        Range = _ => Attainable.Count,
        Compute = Of,
    };

    private static double Of(Evaluation at, int column)
    {
        var id = at.Batch.Pass.Rows.TokenId[at.Row];
        return id >= 0 ? id : at.Fail(static () => $"the token's id is not known", column);
    }
}
