using System.Globalization;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>Parses what stands for one character: bracket classes, with nesting and intersections, and escapes.</summary>
internal sealed class RegexClassParser(string pattern)
{
    private const int MaxDepth = 50;

    private int _depth;

    /// <summary>A bracket class; <paramref name="at"/> is at its <c>[</c> and ends behind its <c>]</c>.</summary>
    public CodePointSet Class(ref int at)
    {
        var open = at++;
        if (++_depth > MaxDepth)
        {
            throw new RegexSyntaxException(open, "classes nested too deep");
        }
        var negated = at < pattern.Length && pattern[at] == '^';
        at += negated ? 1 : 0;
        if (at < pattern.Length && pattern[at] == ']')
        {
            throw new RegexSyntaxException(at, "a ']' as the first member of a class");
        }
        CodePointSet? all = null;
        var part = CodePointSet.Empty;
        while (true)
        {
            if (at >= pattern.Length)
            {
                throw new RegexSyntaxException(open, "a '[' without its ']'");
            }
            if (pattern[at] == ']')
            {
                at++;
                break;
            }
            if (pattern.AsSpan(at).StartsWith("&&"))
            {
                all = all?.Intersect(part) ?? part;
                part = CodePointSet.Empty;
                at += 2;
                continue;
            }
            part = part.Union(Member(ref at));
        }
        _depth--;
        all = all?.Intersect(part) ?? part;
        return negated ? all.Negate() : all;
    }

    private CodePointSet Member(ref int at)
    {
        if (pattern[at] == '[')
        {
            return pattern.AsSpan(at).StartsWith("[:") && Posix(ref at) is { } posix ? posix : Class(ref at);
        }
        if (EscapedSet(ref at) is { } set)
        {
            return set;
        }
        var start = at;
        var first = Point(ref at);
        // A '-' is a range only between two characters; elsewhere it is itself.
        if (at + 1 >= pattern.Length || pattern[at] != '-' || pattern[at + 1] == ']')
        {
            return CodePointSet.Of(first);
        }
        at++;
        if (pattern[at] == '[' || EscapedSet(ref at) is not null || pattern.AsSpan(at).StartsWith("&&"))
        {
            throw new RegexSyntaxException(start, "a range whose end is a class");
        }
        var last = Point(ref at);
        if (last < first)
        {
            throw new RegexSyntaxException(start, "a range whose end is below its start");
        }
        // After a range, a further '-' is a member.
        var members = CodePointSet.Range(first, last);
        if (at + 1 < pattern.Length && pattern[at] == '-' && pattern[at + 1] != ']')
        {
            throw new RegexSyntaxException(at, "a '-' after a range");
        }
        return members;
    }

    private CodePointSet? Posix(ref int at)
    {
        var close = pattern.IndexOf(":]", at, StringComparison.Ordinal);
        if (close < 0)
        {
            return null;
        }
        var name = pattern[(at + 2)..close];
        var negated = name.StartsWith('^');
        CodePointSet? set = name.TrimStart('^') switch
        {
            "digit" => UnicodeTables.Property("Nd"),
            "space" => UnicodeTables.RegexSpace,
            "word" => UnicodeTables.RegexWord,
            "alpha" => UnicodeTables.Property("Alphabetic"),
            _ => throw new RegexSyntaxException(at, $"the class [:{name}:] (supported are alpha, digit, space and word)"),
        };
        at = close + 2;
        return negated ? set!.Negate() : set;
    }

    private int Point(ref int at)
    {
        if (pattern[at] == '\\')
        {
            return EscapedPoint(ref at);
        }
        var point = char.ConvertToUtf32(pattern, at);
        at += point > 0xFFFF ? 2 : 1;
        return point;
    }

    /// <summary><c>\s \S \d \D \w \W \h \H \p{..} \P{..}</c>; null, and nothing read, where it is something else.</summary>
    public CodePointSet? EscapedSet(ref int at)
    {
        if (pattern[at] != '\\' || at + 1 >= pattern.Length)
        {
            return null;
        }
        CodePointSet set;
        switch (pattern[at + 1])
        {
            case 's' or 'S':
                set = UnicodeTables.RegexSpace;
                break;
            case 'd' or 'D':
                set = UnicodeTables.Property("Nd")!;
                break;
            case 'w' or 'W':
                set = UnicodeTables.RegexWord;
                break;
            case 'h' or 'H':
                set = CodePointSet.FromRanges(['0', '9', 'a', 'f', 'A', 'F']);
                break;
            case 'p' or 'P':
                return Property(ref at);
            default:
                return null;
        }
        var negated = char.IsAsciiLetterUpper(pattern[at + 1]);
        at += 2;
        return negated ? set.Negate() : set;
    }

    private CodePointSet Property(ref int at)
    {
        var close = at + 2 < pattern.Length && pattern[at + 2] == '{' ? pattern.IndexOf('}', at) : -1;
        if (close < 0)
        {
            throw new RegexSyntaxException(at, $"\\{pattern[at + 1]} without {{name}}");
        }
        var name = pattern[(at + 3)..close];
        var caret = name.StartsWith('^');
        var set = UnicodeTables.Property(caret ? name[1..] : name)
            ?? throw new RegexSyntaxException(at, $"the property {name} (supported are {string.Join(", ", UnicodeTables.PropertyNames)})");
        var negated = caret != (pattern[at + 1] == 'P');
        at = close + 1;
        return negated ? set.Negate() : set;
    }

    /// <summary>An escape that stands for one character.</summary>
    public int EscapedPoint(ref int at)
    {
        if (at + 1 >= pattern.Length)
        {
            throw new RegexSyntaxException(at, "a '\\' at the end");
        }
        var start = at;
        var c = pattern[at + 1];
        at += 2;
        switch (c)
        {
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 'f':
                return '\f';
            case 'v':
                return '\v';
            case 'a':
                return '\a';
            case 'e':
                return 0x1B;
            case 'u':
                return Hex(ref at, 4, start);
            case 'x' when at < pattern.Length && pattern[at] == '{':
                {
                    var close = pattern.IndexOf('}', at);
                    var digits = close < 0 ? 0 : close - at - 1;
                    at++;
                    var point = Hex(ref at, digits, start);
                    at++;
                    return point;
                }
            case 'x':
                {
                    var point = Hex(ref at, 2, start);
                    return point < 0x80 ? point : throw new RegexSyntaxException(start, "\\x of a byte that is not ASCII");
                }
            case var _ when char.IsAsciiLetterOrDigit(c):
                throw new RegexSyntaxException(start, $"the escape \\{c}");
            default:
                at = start + 1;
                var literal = char.ConvertToUtf32(pattern, at);
                at += literal > 0xFFFF ? 2 : 1;
                return literal;
        }
    }

    private int Hex(ref int at, int digits, int start)
    {
        if (digits is < 1 or > 6 || at + digits > pattern.Length
            || !int.TryParse(pattern.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point)
            || point > CodePointSet.MaxCodePoint || point is >= 0xD800 and <= 0xDFFF)
        {
            throw new RegexSyntaxException(start, "an escape that is not a character's number");
        }
        at += digits;
        return point;
    }
}
