using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Token
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "token",
        Kind = ValueKind.Text,
        Scope = Scope.Decision,
        Unit = "text",
        Meaning = "the token's text, the same as text",
        Range = _ => Attainable.Any,
        Compute = Text.Of,
    };
}
