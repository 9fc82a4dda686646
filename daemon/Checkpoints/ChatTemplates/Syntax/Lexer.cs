using System.Globalization;
using System.Numerics;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <summary>Cuts a template into tokens, with trim_blocks and lstrip_blocks on, as transformers sets them.</summary>
internal sealed class Lexer
{
    private const int MaxDigits = 4300;

    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", ">=", "<=",
        "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
    ];

    private readonly string template;
    private readonly string source;
    private readonly List<int> lineStarts = [0];
    private readonly List<Token> tokens = [];
    private readonly Stack<(char Close, int At)> open = [];
    private int position;
    private bool lineStarting = true;

    private Lexer(string template, string source)
    {
        this.template = template;
        var unix = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        this.source = unix.EndsWith('\n') ? unix[..^1] : unix;
        for (var i = this.source.IndexOf('\n', StringComparison.Ordinal); i >= 0; i = this.source.IndexOf('\n', i + 1))
        {
            lineStarts.Add(i + 1);
        }
    }

    public static IReadOnlyList<Token> Tokenize(string template, string source)
    {
        var lexer = new Lexer(template, source);
        lexer.ReadAll();
        return lexer.tokens;
    }

    private void ReadAll()
    {
        while (position < source.Length)
        {
            var tag = NextTag(position);
            if (tag < 0)
            {
                Add(TokenKind.Data, position, source[position..]);
                break;
            }

            switch (source[tag + 1])
            {
                case '#':
                    AddData(tag, SignAfter(tag + 2), strippable: true);
                    SkipComment(tag);
                    break;
                case '{':
                    AddData(tag, SignAfter(tag + 2), strippable: false);
                    ReadTag(tag, TokenKind.VariableBegin);
                    break;
                default:
                    AddData(tag, SignAfter(tag + 2), strippable: true);
                    if (RawBegins(tag) is { } bodyStart)
                    {
                        ReadRaw(tag, bodyStart);
                    }
                    else
                    {
                        ReadTag(tag, TokenKind.BlockBegin);
                    }

                    break;
            }
        }

        tokens.Add(new Token(TokenKind.End, "", null, At(source.Length)));
    }

    private int NextTag(int from)
    {
        for (var i = source.IndexOf('{', from); i >= 0 && i + 1 < source.Length; i = source.IndexOf('{', i + 1))
        {
            if (source[i + 1] is '%' or '{' or '#')
            {
                return i;
            }
        }

        return -1;
    }

    private char SignAfter(int index) => index < source.Length && source[index] is '-' or '+' ? source[index] : ' ';

    /// <summary>The text from the current position up to a tag, less the whitespace that the tag takes away.</summary>
    private void AddData(int tag, char sign, bool strippable)
    {
        var end = tag;
        if (sign == '-')
        {
            while (end > position && PythonText.IsSpace(source[end - 1]))
            {
                end--;
            }
        }
        else if (sign != '+' && strippable)
        {
            var line = tag == position ? -1 : source.LastIndexOf('\n', tag - 1, tag - position);
            if (line >= 0 || lineStarting)
            {
                var start = line >= 0 ? line + 1 : position;
                if (source.AsSpan(start, tag - start).TrimSpaces().IsEmpty)
                {
                    end = start;
                }
            }
        }

        if (end > position)
        {
            Add(TokenKind.Data, position, source[position..end]);
        }

        position = tag;
    }

    /// <summary>After the closing delimiter at <paramref name="end"/>: drops what a '-' or trim_blocks drops.</summary>
    private void Close(int end, char sign, bool trimNewline)
    {
        position = end;
        if (sign == '-')
        {
            while (position < source.Length && PythonText.IsSpace(source[position]))
            {
                position++;
            }
        }
        else if (sign != '+' && trimNewline && position < source.Length && source[position] == '\n')
        {
            position++;
        }

        lineStarting = source[position - 1] == '\n';
    }

    private void SkipComment(int tag)
    {
        // The sign of the opening is not part of the comment, so that {#-#} closes.
        var from = tag + 2 + (SignAfter(tag + 2) == ' ' ? 0 : 1);
        var end = source.IndexOf("#}", from, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Syntax(tag, "the comment is not closed by '#}'");
        }

        Close(end + 2, end > from ? SignAt(end - 1) : ' ', trimNewline: true);
    }

    private char SignAt(int index) => source[index] is '-' or '+' ? source[index] : ' ';

    /// <summary>Where the text of a raw block begins, or null when the tag is another one.</summary>
    private int? RawBegins(int tag)
    {
        var i = SkipSpaces(tag + 2 + (SignAfter(tag + 2) == ' ' ? 0 : 1));
        if (string.CompareOrdinal(source, i, "raw", 0, 3) != 0)
        {
            return null;
        }

        i = SkipSpaces(i + 3);
        if (string.CompareOrdinal(source, i, "-%}", 0, 3) == 0)
        {
            return SkipSpaces(i + 3);
        }

        return string.CompareOrdinal(source, i, "%}", 0, 2) == 0 ? i + 2 : null;
    }

    private void ReadRaw(int tag, int bodyStart)
    {
        position = bodyStart;
        lineStarting = source[bodyStart - 1] == '\n';
        for (var i = source.IndexOf("{%", bodyStart, StringComparison.Ordinal); i >= 0; i = source.IndexOf("{%", i + 2, StringComparison.Ordinal))
        {
            var name = SkipSpaces(i + 2 + (SignAfter(i + 2) == ' ' ? 0 : 1));
            if (string.CompareOrdinal(source, name, "endraw", 0, 6) != 0)
            {
                continue;
            }

            var close = SkipSpaces(name + 6);
            var sign = close < source.Length ? SignAt(close) : ' ';
            close += sign == ' ' ? 0 : 1;
            if (string.CompareOrdinal(source, close, "%}", 0, 2) == 0)
            {
                AddData(i, SignAfter(i + 2), strippable: true);
                Close(close + 2, sign, trimNewline: true);
                return;
            }
        }

        throw Syntax(tag, "the raw block is not closed by '{% endraw %}'");
    }

    private void ReadTag(int tag, TokenKind begin)
    {
        Add(begin, tag, source.Substring(tag, 2));
        position = tag + 2 + (SignAfter(tag + 2) == ' ' ? 0 : 1);
        var close = begin == TokenKind.BlockBegin ? "%}" : "}}";
        while (true)
        {
            position = SkipSpaces(position);
            if (position >= source.Length)
            {
                throw Syntax(tag, $"the tag is not closed by '{close}'");
            }

            if (open.Count == 0)
            {
                var sign = SignAt(position);
                // A '+' closes blocks only: {{ a +}} is an unfinished sum.
                var end = position + (sign == '-' || (sign == '+' && begin == TokenKind.BlockBegin) ? 1 : 0);
                if (string.CompareOrdinal(source, end, close, 0, 2) == 0)
                {
                    Add(begin + 1, end, close);
                    Close(end + 2, end == position ? ' ' : sign, trimNewline: begin == TokenKind.BlockBegin);
                    return;
                }
            }

            ReadToken();
        }
    }

    private void ReadToken()
    {
        var c = source[position];
        if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (c == '_' || char.IsLetterOrDigit(c))
        {
            var start = position;
            while (position < source.Length && (source[position] == '_' || char.IsLetterOrDigit(source[position])))
            {
                position++;
            }

            Add(TokenKind.Name, start, source[start..position]);
        }
        else if (c is '\'' or '"')
        {
            ReadString(c);
        }
        else
        {
            ReadOperator();
        }
    }

    private void ReadOperator()
    {
        var text = Array.Find(Operators, o => string.CompareOrdinal(source, position, o, 0, o.Length) == 0)
            ?? throw Syntax(position, $"unexpected character '{CodePoints.At(source[position..], 0)}'");
        switch (text)
        {
            case "(":
                open.Push((')', position));
                break;
            case "[":
                open.Push((']', position));
                break;
            case "{":
                open.Push(('}', position));
                break;
            case ")" or "]" or "}":
                if (open.Count == 0 || open.Pop().Close != text[0])
                {
                    throw Syntax(position, $"'{text}' closes nothing");
                }

                break;
        }

        Add(TokenKind.Operator, position, text);
        position += text.Length;
    }

    private void ReadNumber()
    {
        var start = position;
        // After a dot a number is an index: x.0.1 has no float in it.
        var afterDot = start > 0 && source[start - 1] == '.';
        var end = Digits(start);
        var isFloat = false;
        if (!afterDot)
        {
            if (end + 1 < source.Length && source[end] == '.' && char.IsAsciiDigit(source[end + 1]))
            {
                end = Digits(end + 1);
                isFloat = true;
            }

            if (end < source.Length && source[end] is 'e' or 'E')
            {
                var digits = end + 1 + (end + 1 < source.Length && source[end + 1] is '+' or '-' ? 1 : 0);
                if (digits < source.Length && char.IsAsciiDigit(source[digits]))
                {
                    end = Digits(digits);
                    isFloat = true;
                }
            }
        }

        object value;
        if (isFloat)
        {
            value = double.Parse(source[start..end].Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }
        else if (source[start] == '0' && start + 2 < source.Length && Radix(source[start + 1]) is var radix and not 0)
        {
            end = start + 2;
            var number = BigInteger.Zero;
            while (end < source.Length && (source[end] == '_' || (char.IsAsciiHexDigit(source[end]) && Hex(source[end]) < radix)))
            {
                number = source[end] == '_' ? number : (number * radix) + Hex(source[end]);
                if (++end - start > MaxDigits)
                {
                    throw Syntax(start, $"a number of more than {MaxDigits} digits");
                }
            }

            value = Numbers.Normalize(number);
        }
        else
        {
            if (source[start] == '0')
            {
                end = start + 1;
            }

            if (end - start > MaxDigits)
            {
                throw Syntax(start, $"a number of more than {MaxDigits} digits");
            }

            value = Numbers.Normalize(BigInteger.Parse(source[start..end].Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
        }

        position = end;
        tokens.Add(new Token(TokenKind.Number, source[start..end], value, At(start)));
    }

    private static int Radix(char c) => char.ToLowerInvariant(c) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };

    private static int Hex(char c) => char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;

    /// <summary>The end of digits that single underscores may separate.</summary>
    private int Digits(int from)
    {
        var i = from;
        while (i < source.Length
            && (char.IsAsciiDigit(source[i]) || (source[i] == '_' && i > from && i + 1 < source.Length && char.IsAsciiDigit(source[i + 1]))))
        {
            i++;
        }

        return i;
    }

    private void ReadString(char quote)
    {
        var start = position++;
        while (position < source.Length && source[position] != quote)
        {
            position += source[position] == '\\' ? 2 : 1;
        }

        if (position >= source.Length)
        {
            throw Syntax(start, $"the string is not closed by {quote}");
        }

        var body = source.AsSpan(start + 1, position - start - 1);
        if (StringLiteral.Unescape(body, out var text) is { } problem)
        {
            throw Syntax(start + 1 + problem.At, problem.Detail);
        }

        position++;
        tokens.Add(new Token(TokenKind.Text, text, null, At(start)));
    }

    private int SkipSpaces(int from)
    {
        while (from < source.Length && PythonText.IsSpace(source[from]))
        {
            from++;
        }

        return from;
    }

    private void Add(TokenKind kind, int start, string text) => tokens.Add(new Token(kind, text, null, At(start)));

    private Position At(int index)
    {
        var line = lineStarts.BinarySearch(index);
        line = line < 0 ? ~line - 1 : line;
        return new Position(line + 1, index - lineStarts[line] + 1);
    }

    private UserError Syntax(int index, string detail) => TemplateErrors.Syntax(template, At(index), detail);
}
