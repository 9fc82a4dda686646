namespace MoeDevtools.Breakpoints.Conditions;

/// <param name="Value">The name, the mark, the digits, or the text without its quotes and escapes.</param>
/// <param name="Column">From 1, in code points.</param>
/// <param name="Offset">In UTF-16 units of the source; with <paramref name="End"/>, the token's own text.</param>
internal readonly record struct Token(TokenKind Kind, string Value, double Number, int Column, int Length, int Offset, int End)
{
    /// <summary>The token as an error names it.</summary>
    public FormattableString Describe() => Kind switch
    {
        TokenKind.End => (FormattableString)$"the end",
        TokenKind.Text => $"text",
        TokenKind.Number => $"the number {Value}",
        _ => $"\"{Value}\"",
    };
}
