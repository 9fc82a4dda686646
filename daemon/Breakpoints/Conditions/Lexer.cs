using System.Globalization;
using System.Text;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>Cuts a condition into tokens; the last is <see cref="TokenKind.End"/>. Columns count code points.</summary>
/// <param name="column">Column of the first character, for a condition that stands inside a longer text.</param>
internal ref struct Lexer(string source, int column)
{
    private static readonly string[] Marks = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", ","];

    private int _at;
    private int _column = column;

    /// <exception cref="ConditionError"/>
    public static List<Token> Read(string source, int column)
    {
        var lexer = new Lexer(source, column);
        var tokens = new List<Token>();
        do tokens.Add(lexer.Next());
        while (tokens[^1].Kind != TokenKind.End);
        return tokens;
    }

    /// <summary>Code points of <paramref name="text"/>; an unpaired surrogate counts as one.</summary>
    public static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = text.Length;
        for (var i = 1; i < text.Length; i++)
            if (char.IsSurrogatePair(text[i - 1], text[i])) count--;
        return count;
    }

    private Token Next()
    {
        while (_at < source.Length && char.IsWhiteSpace(source[_at])) Take(1);
        var (start, column) = (_at, _column);
        if (_at == source.Length) return new Token(TokenKind.End, "", 0, column, 1, start, start);
        var c = source[_at];
        if (c is '"' or '\'') return QuotedText(c);
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < source.Length && char.IsAsciiDigit(source[_at + 1]))) return Number();
        if (char.IsAsciiLetter(c) || c == '_')
        {
            var end = _at;
            while (end < source.Length && (char.IsAsciiLetterOrDigit(source[end]) || source[end] == '_')) end++;
            Take(end - _at);
            return new Token(TokenKind.Name, source[start..end], 0, column, end - start, start, end);
        }
        foreach (var mark in Marks)
        {
            if (!source.AsSpan(_at).StartsWith(mark, StringComparison.Ordinal)) continue;
            Take(mark.Length);
            return new Token(TokenKind.Mark, mark, 0, column, mark.Length, start, _at);
        }
        var shown = Rune.TryGetRuneAt(source, _at, out var rune) ? rune.ToString() : FormattableString.Invariant($"U+{(int)c:X4}");
        throw new ConditionError("MOE3001", column, 1, $"\"{shown}\" at column {column} is not part of a condition.", $"Write numbers, \"text\", names, && || ! == != < <= > >= + - * / %, [ ] and ( ).");
    }

    private Token Number()
    {
        var (start, column, end) = (_at, _column, _at);
        while (end < source.Length && (char.IsAsciiDigit(source[end]) || source[end] == '.')) end++;
        if (end < source.Length && source[end] is 'e' or 'E')
        {
            var digits = end + 1;
            if (digits < source.Length && source[digits] is '+' or '-') digits++;
            if (digits < source.Length && char.IsAsciiDigit(source[digits]))
            {
                end = digits;
                while (end < source.Length && char.IsAsciiDigit(source[end])) end++;
            }
        }
        while (end < source.Length && (char.IsAsciiLetterOrDigit(source[end]) || source[end] == '_')) end++;
        var text = source[start..end];
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            throw new ConditionError("MOE3002", column, end - start, $"\"{text}\" at column {column} is not a number.", $"Write numbers as 7, 0.35 or 1e-3.");
        Take(end - start);
        return new Token(TokenKind.Number, text, value, column, end - start, start, end);
    }

    private Token QuotedText(char quote)
    {
        var (start, column) = (_at, _column);
        var text = new StringBuilder();
        Take(1);
        while (_at < source.Length && source[_at] != quote)
        {
            if (source[_at] != '\\')
            {
                text.Append(source[_at]);
                Take(1);
                continue;
            }
            var escape = _at + 1 < source.Length ? source[_at + 1] : '\0';
            var code = 0;
            var isCode = escape == 'u' && _at + 6 <= source.Length
                && int.TryParse(source.AsSpan(_at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code);
            text.Append(escape switch
            {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '\\' or '"' or '\'' => escape,
                'u' when isCode => (char)code,
                _ => throw new ConditionError("MOE3003", _column, 2, $"the escape at column {_column} is not known.", $"Write one of \\n \\t \\r \\\\ \\\" \\' \\u0041."),
            });
            Take(isCode ? 6 : 2);
        }
        if (_at == source.Length)
            throw new ConditionError("MOE3004", column, _column - column, $"the text that starts at column {column} has no closing {quote}.", $"Close it with {quote}.");
        Take(1);
        return new Token(TokenKind.Text, text.ToString(), 0, column, _column - column, start, _at);
    }

    private void Take(int units)
    {
        for (; units > 0; units--, _at++)
            if (!(_at > 0 && char.IsSurrogatePair(source[_at - 1], source[_at]))) _column++;
    }
}
