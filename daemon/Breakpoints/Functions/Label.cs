using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Label
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "label",
        Kind = ValueKind.Text,
        Scope = Scope.Decision,
        Unit = "text",
        Meaning = "the label of the row's sequence in the data set",
        Range = _ => Attainable.Any,
        Compute = Of,
    };

    internal static string? Of(Evaluation at, int column)
    {
        var text = at.Batch.Pass.Rows.Label[at.Row];
        if (text is null) at.Fail(static () => $"the row has no label", column);
        return text;
    }
}
