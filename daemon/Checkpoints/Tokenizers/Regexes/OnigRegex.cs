using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>
/// A regular expression in Oniguruma's Ruby syntax over code points. Thread safe. Finding all matches takes time linear in the text
/// for a given pattern: see <see cref="RegexMatcher"/>.
/// </summary>
internal sealed class OnigRegex
{
    private readonly CodePointSet? _first;

    private OnigRegex(RegexNode node)
    {
        (Program, Slots) = RegexCompiler.Compile(node);
        _first = node.CanBeEmpty ? null : node.First;
    }

    internal Instruction[] Program { get; }

    internal int Slots { get; }

    /// <exception cref="RegexSyntaxException">A construct that is not supported.</exception>
    public static OnigRegex Parse(string pattern) => new(RegexParser.Parse(pattern));

    /// <summary>A pattern that matches <paramref name="text"/> itself.</summary>
    public static OnigRegex Literal(string text) =>
        new(new RegexNode.Sequence([.. text.EnumerateRunes().Select(r => new RegexNode.Set(CodePointSet.Of(r.Value)))]));

    /// <summary>
    /// The matches in <paramref name="text"/> and what is between them. An empty match right behind another match does not count.
    /// </summary>
    public void FindMatches(ReadOnlySpan<int> text, List<Match> matches)
    {
        matches.Clear();
        if (text.IsEmpty)
        {
            matches.Add(new(0, 0, false));
            return;
        }
        var matcher = RegexMatcher.Rent(this, text.Length);
        int covered = 0, from = 0, lastEnd = -1;
        while (from <= text.Length)
        {
            var start = from;
            var end = -1;
            for (; start <= text.Length; start++)
            {
                if (_first is not null && (start == text.Length || !_first.Contains(text[start])))
                {
                    continue;
                }
                end = matcher.Match(text, start);
                if (end >= 0)
                {
                    break;
                }
            }
            if (end < 0)
            {
                break;
            }
            if (end == start && end == lastEnd)
            {
                // The search goes on from one character after where this one began, not after its match.
                from++;
                continue;
            }
            if (start > covered)
            {
                matches.Add(new(covered, start, false));
            }
            matches.Add(new(start, end, true));
            covered = from = lastEnd = end;
        }
        if (covered < text.Length)
        {
            matches.Add(new(covered, text.Length, false));
        }
        RegexMatcher.Return(matcher);
    }
}
