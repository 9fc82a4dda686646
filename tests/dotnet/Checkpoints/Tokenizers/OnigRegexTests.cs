using MoeDevtools.Checkpoints.Tokenizers.Regexes;
using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Tests.Checkpoints.Tokenizers;

/// <summary>Matches are in order, separated by a bar; the meaning of each construct is compared with the reference in tests/node.</summary>
public class OnigRegexTests
{
    [Theory]
    [InlineData(@"a+?", "aaa", "a|a|a")]
    [InlineData(@"a{2}", "aaaaa", "aa|aa")]
    [InlineData(@"a{,2}b", "aaab", "aab")]
    [InlineData(@"a{x}", "a{x}", "a{x}")]
    [InlineData(@"(?i:'s|k)", "'S\u212A'\u017F", "'S|\u212A|'\u017F")]
    [InlineData(@"(?i)a|b", "aBA", "a|B|A")]
    [InlineData(@"[a-c&&[^b]]+", "abcca", "a|cca")]
    [InlineData(@"[^\s\p{L}]", "a 1", "1")]
    [InlineData(@"\P{L}", "a1", "1")]
    [InlineData(@"\p{^L}", "a1", "1")]
    [InlineData(@"(?<=[a-z])[A-Z]", "aBCD", "B")]
    [InlineData(@"(?<!a|bc)x", "axbcxdx", "x")]
    [InlineData(@"(-)\1", "---", "--")]
    [InlineData(@"^.", "ab\ncd\n", "a|c")]
    [InlineData(@".$", "ab\ncd", "b|d")]
    [InlineData(@"\bb", "b ab b", "b|b")]
    [InlineData(@"(?>a|ab)c", "abc ac", "ac")]
    [InlineData(@"(?m:.)", "\n", "\n")]
    [InlineData(@"(?:ab|a)(?:bc)?", "abc", "ab")]
    [InlineData(@"x*", "ax", "|x")]
    [InlineData(@"\s+(?!\S)|\s+", "a   b", "  | ")]
    [InlineData(@"\u0061\x62\x{63}", "abc", "abc")]
    public void Pattern_MatchesAsInRuby(string pattern, string text, string expected)
    {
        var points = CodePoints.Of(text);
        var matches = new List<Match>();
        OnigRegex.Parse(pattern).FindMatches(points, matches);
        Assert.Equal(expected, string.Join('|', matches.Where(m => m.IsMatch).Select(m => CodePoints.ToText(points.AsSpan(m.From..m.To)))));
    }
}
