namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <param name="Text">The data, the name, the operator, or the string with its escapes resolved.</param>
/// <param name="Number">long, BigInteger or double when the token is a number.</param>
internal readonly record struct Token(TokenKind Kind, string Text, object? Number, Position At)
{
    public bool IsOperator(string text) => Kind == TokenKind.Operator && Text == text;

    public bool IsName(string text) => Kind == TokenKind.Name && Text == text;

    /// <summary>As an error shows it.</summary>
    public string Shown => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.Data => "text",
        TokenKind.VariableBegin => "{{",
        TokenKind.VariableEnd => "}}",
        TokenKind.BlockBegin => "{%",
        TokenKind.BlockEnd => "%}",
        TokenKind.Text => "a string",
        _ => $"'{Text}'",
    };
}
