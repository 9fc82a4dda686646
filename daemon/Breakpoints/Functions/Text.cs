using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Text
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "text",
        Kind = ValueKind.Text,
        Scope = Scope.Decision,
        Unit = "text",
        Meaning = "the token's text",
        Range = _ => Attainable.Any,
        Compute = Of,
    };

    internal static string? Of(Evaluation at, int column)
    {
        var text = at.Batch.Pass.Rows.Text[at.Row];
        if (text is null) at.Fail(static () => $"the token's text is not known", column);
        return text;
    }
}
