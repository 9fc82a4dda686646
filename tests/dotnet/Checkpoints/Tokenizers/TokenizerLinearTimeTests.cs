using MoeDevtools.Checkpoints.Tokenizers;
using MoeDevtools.Checkpoints.Tokenizers.Regexes;
using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Tests.Checkpoints.Tokenizers;

/// <summary>Inputs of about a million characters on which a quadratic step would take hours; the guard is a minute and a half.</summary>
public class TokenizerLinearTimeTests
{
    private const int Million = 1_000_000;

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData("qwen2", "router")]
    [InlineData("gpt-neox-olmoe", "a")]
    [InlineData("gpt-neox-olmoe", " ")]
    [InlineData("gpt-oss-o200k", "A")]
    [InlineData("gpt-oss-o200k", "expert")]
    [InlineData("mixtral-legacy", "token")]
    [InlineData("mixtral-metaspace", "token ")]
    [InlineData("switch-t5", "router")]
    [InlineData("switch-t5", "\u2603")]
    [InlineData("qwen2", " ")]
    [InlineData("qwen2", "\u0301\u0323")]
    [InlineData("added-tokens-torture", "\t")]
    [InlineData("added-tokens-torture", "<right> ")]
    [InlineData("added-tokens-torture", "<a>")]
    [InlineData("features/family-cohere2", "7")]
    [InlineData("features/family-kimi-k2", "\u4E2D")]
    [InlineData("features/norm-precompiled", "A\u0301")]
    public async Task LongInput_TakesLinearTime(string folder, string repeated)
    {
        var tokenizer = TokenizerFixtures.Load(folder);
        var text = string.Concat(Enumerable.Repeat(repeated, Million / repeated.Length));
        var encoding = await Task.Run(() => tokenizer.Encode(text)).WaitAsync(Guard);
        Assert.NotEmpty(encoding.Ids);
    }

    [Theory]
    [InlineData("deepseek-v2", "1")]
    [InlineData("qwen2", "x")]
    public async Task SpacesBeforeSomethingElse_TakeLinearTime(string folder, string last)
    {
        var tokenizer = TokenizerFixtures.Load(folder);
        var encoding = await Task.Run(() => tokenizer.Encode(new string(' ', Million) + last)).WaitAsync(Guard);
        Assert.NotEmpty(encoding.Ids);
    }

    [Theory]
    [InlineData(@"\s+$", " ", "x")]
    [InlineData(@"(?:a|aa)+b", "a", "c")]
    [InlineData(@"(?:a|a)*b", "a", "c")]
    [InlineData(@"(?:a?){30}a{30}b", "a", "c")]
    [InlineData(@"\d{1,3}(?=(?:\d{3})*\b)", "1", "")]
    [InlineData(@"\d(?!(?:\d{3})*x)", "1", "")]
    [InlineData(@"a++b", "a", "")]
    [InlineData(@"\w+?\d", "a", "")]
    [InlineData(@"[ab]*[bc]*d", "b", "")]
    public async Task Regex_TakesLinearTime(string pattern, string repeated, string last)
    {
        var regex = OnigRegex.Parse(pattern);
        var points = CodePoints.Of(string.Concat(Enumerable.Repeat(repeated, Million / 2)) + last);
        var matches = new List<Match>();
        await Task.Run(() => regex.FindMatches(points, matches)).WaitAsync(Guard);
        Assert.Equal(points.Length, matches[^1].To);
    }
}
