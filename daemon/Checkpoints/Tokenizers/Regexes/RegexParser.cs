using System.Globalization;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>
/// Parses Oniguruma's Ruby syntax, which is what the reference compiles patterns with. What it does not know, it refuses by name.
/// </summary>
internal sealed class RegexParser
{
    private const int MaxDepth = 100;

    private readonly string _pattern;
    private readonly RegexClassParser _classes;
    private readonly List<(RegexNode Body, bool Usable)> _captures = [];
    private int _at;
    private int _depth;

    private RegexParser(string pattern)
    {
        _pattern = pattern;
        _classes = new(pattern);
    }

    /// <exception cref="RegexSyntaxException">A construct that is not supported.</exception>
    public static RegexNode Parse(string pattern)
    {
        var parser = new RegexParser(pattern);
        var node = parser.Alternation(new Flags(false, false));
        return parser._at == pattern.Length ? node : throw parser.Refuse("a ')' without its '('");
    }

    private readonly record struct Flags(bool IgnoreCase, bool DotAll);

    private bool More => _at < _pattern.Length;

    private RegexSyntaxException Refuse(string construct, int? at = null) => new(at ?? _at, construct);

    private RegexNode Alternation(Flags flags)
    {
        if (++_depth > MaxDepth)
        {
            throw Refuse("groups nested too deep");
        }
        var options = new List<RegexNode>();
        do
        {
            options.Add(Concatenation(flags));
        }
        while (Take('|'));
        _depth--;
        return options.Count == 1 ? options[0] : new RegexNode.Alternation(options);
    }

    private RegexNode Concatenation(Flags flags)
    {
        var parts = new List<RegexNode>();
        var literal = ""; // the run of literals before this point, for the folds of several characters
        // A group is one that \1 can stand for only where it always took part: in this sequence, not repeated.
        var firstCapture = _captures.Count;
        while (More && _pattern[_at] is not ('|' or ')'))
        {
            var start = _at;
            if (OptionsForTheRest(flags) is { } changed)
            {
                parts.Add(Alternation(changed));
                break;
            }
            var atom = Atom(flags, out var literalPoint);
            literal = literalPoint < 0 ? "" : literal + char.ConvertFromUtf32(literalPoint);
            if (flags.IgnoreCase)
            {
                CaseFolding.RefuseLongFolds(literal, start);
            }
            var repeated = Quantifier(atom);
            if (!ReferenceEquals(repeated, atom))
            {
                literal = "";
                for (var i = firstCapture; i < _captures.Count; i++)
                {
                    _captures[i] = _captures[i] with { Usable = false };
                }
            }
            parts.Add(repeated);
        }
        return parts.Count == 1 ? parts[0] : new RegexNode.Sequence(parts);
    }

    /// <summary><c>(?i)</c>: the flags of the rest of the enclosing group, its further alternatives included.</summary>
    private Flags? OptionsForTheRest(Flags flags)
    {
        var end = _at + 2;
        while (end < _pattern.Length && (char.IsAsciiLetter(_pattern[end]) || _pattern[end] == '-'))
        {
            end++;
        }
        if (!_pattern.AsSpan(_at).StartsWith("(?", StringComparison.Ordinal) || end >= _pattern.Length || _pattern[end] != ')' || end == _at + 2)
        {
            return null;
        }
        _at += 2;
        var changed = ReadFlags(flags);
        _at++;
        return changed;
    }

    private Flags ReadFlags(Flags flags)
    {
        var on = true;
        for (; More && _pattern[_at] is not (':' or ')'); _at++)
        {
            switch (_pattern[_at])
            {
                case '-':
                    on = false;
                    break;
                case 'i':
                    flags = flags with { IgnoreCase = on };
                    break;
                case 'm':
                    flags = flags with { DotAll = on };
                    break;
                default:
                    throw Refuse($"the option '{_pattern[_at]}' (supported are i and m)");
            }
        }
        return flags;
    }

    private RegexNode Atom(Flags flags, out int literal)
    {
        literal = -1;
        var start = _at;
        switch (_pattern[_at])
        {
            case '(':
                return Group(flags);
            case '[':
                {
                    var members = _classes.Class(ref _at);
                    return new RegexNode.Set(flags.IgnoreCase ? CaseFolding.Close(members, start) : members);
                }
            case '.':
                _at++;
                return new RegexNode.Set(flags.DotAll ? CodePointSet.All : CodePointSet.Of('\n').Negate());
            case '^':
                _at++;
                return new RegexNode.Anchor(AnchorKind.LineStart);
            case '$':
                _at++;
                return new RegexNode.Anchor(AnchorKind.LineEnd);
            case '*' or '+' or '?':
                throw Refuse($"a '{_pattern[_at]}' with nothing to repeat");
            case '\\':
                if (Escape(flags) is { } node)
                {
                    return node;
                }
                literal = _classes.EscapedPoint(ref _at);
                break;
            default:
                literal = char.ConvertToUtf32(_pattern, _at);
                _at += literal > 0xFFFF ? 2 : 1;
                break;
        }
        var set = CodePointSet.Of(literal);
        return new RegexNode.Set(flags.IgnoreCase ? CaseFolding.Close(set, start) : set);
    }

    /// <summary>An escape that is not one character; null (and nothing read) where it is one.</summary>
    private RegexNode? Escape(Flags flags)
    {
        if (_at + 1 >= _pattern.Length)
        {
            throw Refuse("a '\\' at the end");
        }
        AnchorKind? anchor = _pattern[_at + 1] switch
        {
            'A' => AnchorKind.TextStart,
            'z' => AnchorKind.TextEnd,
            'Z' => AnchorKind.TextEndOrLastLineFeed,
            'b' => AnchorKind.WordEdge,
            'B' => AnchorKind.NoWordEdge,
            _ => null,
        };
        if (anchor is { } kind)
        {
            _at += 2;
            return new RegexNode.Anchor(kind);
        }
        var start = _at;
        if (_classes.EscapedSet(ref _at) is { } members)
        {
            if (flags.IgnoreCase && _pattern[start + 1] is 'p' or 'P')
            {
                throw Refuse("a property under (?i)", start);
            }
            return new RegexNode.Set(members);
        }
        if (_pattern[_at + 1] is >= '1' and <= '9')
        {
            return BackReference();
        }
        return null;
    }

    /// <summary><c>\1</c> is supported where its group can only have matched one text: then it is that text.</summary>
    private RegexNode BackReference()
    {
        var number = _pattern[_at + 1] - '0';
        var tooLong = _at + 2 < _pattern.Length && char.IsAsciiDigit(_pattern[_at + 2]);
        if (tooLong || number > _captures.Count || !_captures[number - 1].Usable || !IsOneText(_captures[number - 1].Body))
        {
            throw Refuse($"the back reference \\{number} to a group that is not one fixed text");
        }
        _at += 2;
        return _captures[number - 1].Body;
    }

    private static bool IsOneText(RegexNode node) => node switch
    {
        RegexNode.Set set => set.Members.Ranges.Length == 2 && set.Members.Ranges[0] == set.Members.Ranges[1],
        RegexNode.Sequence sequence => sequence.Parts.All(IsOneText),
        _ => false,
    };

    private RegexNode Group(Flags flags)
    {
        var open = _at++;
        if (!Take('?'))
        {
            var number = _captures.Count;
            _captures.Add((new RegexNode.Sequence([]), false));
            var captured = Body(flags, open);
            _captures[number] = (captured, true);
            // What is inside took part only if its branch did.
            if (captured is RegexNode.Alternation)
            {
                for (var i = number; i < _captures.Count; i++)
                {
                    _captures[i] = _captures[i] with { Usable = false };
                }
            }
            return captured;
        }
        var inner = _captures.Count;
        var rest = _pattern.AsSpan(_at);
        RegexNode node;
        if (Take(':'))
        {
            node = Body(flags, open);
        }
        else if (Take('>'))
        {
            node = new RegexNode.Atomic(Body(flags, open));
        }
        else if (rest.StartsWith("=") || rest.StartsWith("!"))
        {
            _at++;
            node = new RegexNode.Look(Body(flags, open), Behind: false, Negative: rest[0] == '!');
        }
        else if (rest.StartsWith("<=") || rest.StartsWith("<!"))
        {
            _at += 2;
            var body = Body(flags, open);
            var options = body is RegexNode.Alternation alternation ? alternation.Options : [body];
            if (options.Any(o => o.Width is null))
            {
                throw Refuse("a lookbehind of varying length", open);
            }
            node = new RegexNode.Look(body, Behind: true, Negative: rest[1] == '!');
        }
        else if (rest.StartsWith("#"))
        {
            while (More && _pattern[_at] != ')')
            {
                _at++;
            }
            node = Take(')') ? new RegexNode.Sequence([]) : throw Refuse("a comment without its ')'", open);
        }
        else if (rest.Length > 0 && (char.IsAsciiLetter(rest[0]) || rest[0] == '-'))
        {
            var changed = ReadFlags(flags);
            node = Take(':') ? Body(changed, open) : throw Refuse("a group that is not supported", open);
        }
        else
        {
            throw Refuse("a group that is not supported (supported are (), (?:), (?i:), (?m:), (?=), (?!), (?<=), (?<!) and (?>))", open);
        }
        for (var i = inner; i < _captures.Count; i++)
        {
            _captures[i] = _captures[i] with { Usable = false };
        }
        return node;
    }

    private RegexNode Body(Flags flags, int open)
    {
        var body = Alternation(flags);
        return Take(')') ? body : throw Refuse("a '(' without its ')'", open);
    }

    private RegexNode Quantifier(RegexNode atom)
    {
        var start = _at;
        if (!More || ReadCounts() is not { } counts)
        {
            return atom;
        }
        var (least, most, interval) = counts;
        if (atom is RegexNode.Look or RegexNode.Anchor)
        {
            throw Refuse("a repeated place without width", start);
        }
        if (most < 0 && atom.CanBeEmpty)
        {
            throw Refuse("an unlimited repetition of what can be empty", start);
        }
        var kind = RepeatKind.Greedy;
        if (interval && least == most && Take('?'))
        {
            // Ruby's a{2}? is (?:a{2})?
            return Repeat(new RegexNode.Repeat(atom, least, most, kind), 0, 1, kind, start);
        }
        if (Take('?'))
        {
            kind = RepeatKind.Lazy;
        }
        else if (!interval && Take('+'))
        {
            kind = RepeatKind.Possessive;
        }
        var node = Repeat(atom, least, most, kind, start);
        var again = _at;
        if (More && ReadCounts() is not null)
        {
            throw Refuse("a repetition of a repetition", again);
        }
        return node;
    }

    private RegexNode.Repeat Repeat(RegexNode body, int least, int most, RepeatKind kind, int at) =>
        Math.Max(least, most) <= 1000 ? new(body, least, most, kind) : throw Refuse("a repetition of more than 1000 times", at);

    /// <summary><c>*</c>, <c>+</c>, <c>?</c> or an interval; null where there is none, also where braces are meant literally.</summary>
    private (int Least, int Most, bool Interval)? ReadCounts()
    {
        switch (_pattern[_at])
        {
            case '*':
                _at++;
                return (0, -1, false);
            case '+':
                _at++;
                return (1, -1, false);
            case '?':
                _at++;
                return (0, 1, false);
            case not '{':
                return null;
        }
        var close = _pattern.IndexOf('}', _at);
        if (close < 0)
        {
            return null;
        }
        var text = _pattern.AsSpan(_at + 1, close - _at - 1);
        var comma = text.IndexOf(',');
        var low = comma < 0 ? text : text[..comma];
        var high = comma < 0 ? text : text[(comma + 1)..];
        var least = 0;
        var most = -1;
        if ((low.IsEmpty && high.IsEmpty) || (!low.IsEmpty && !Number(low, out least)) || (!high.IsEmpty && !Number(high, out most)))
        {
            return null;
        }
        if (most >= 0 && most < least)
        {
            throw Refuse("an interval whose end is below its start");
        }
        _at = close + 1;
        return (least, most, true);

        static bool Number(ReadOnlySpan<char> digits, out int number) =>
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private bool Take(char expected)
    {
        if (!More || _pattern[_at] != expected)
        {
            return false;
        }
        _at++;
        return true;
    }
}
