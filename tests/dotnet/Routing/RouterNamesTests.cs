using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Routing;

public sealed class RouterNamesTests
{
    private static readonly IReadOnlyList<RouterInfo> Routers = [.. Enumerable.Range(0, 12).Select(i => Batches.Router(4, 2, i))];

    [Theory]
    [InlineData("model.layers.3.mlp.gate", "3")]
    [InlineData("*", "0 1 2 3 4 5 6 7 8 9 10 11")]
    [InlineData("model.layers.?.mlp.gate", "0 1 2 3 4 5 6 7 8 9")]
    [InlineData("*.[2-4].*", "2 3 4")]
    [InlineData("*.[!0-8].*", "9")]
    [InlineData("*.{2,7,11}.mlp.gate", "2 7 11")]
    [InlineData("*.1*.{mlp,moe}.gate", "1 10 11")]
    [InlineData("*gate", "0 1 2 3 4 5 6 7 8 9 10 11")]
    [InlineData("model.layers.3", "")]
    [InlineData("MODEL.*", "")]
    [InlineData("", "")]
    public void Glob_MatchesWholeNames(string glob, string layers) =>
        Assert.Equal(layers, string.Join(' ', RouterNames.Match(glob, Routers).Select(r => r.Id.Layer)));

    [Theory]
    [InlineData("a[b", "a[b", true)]
    [InlineData("a{b", "a{b", true)]
    [InlineData("[]", "[]", true)]
    [InlineData("[a-a]", "-", false)]
    [InlineData("[-a]", "-", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("**a**", "bab", true)]
    [InlineData("?", "", false)]
    [InlineData("{,x}y", "y", true)]
    public void Glob_Oddities(string glob, string name, bool matches) => Assert.Equal(matches, Glob.IsMatch(glob, name));

    /// <summary>A backtracking matcher would need 2^60 steps here: it would never end.</summary>
    [Fact]
    public void ManyStars_DoNotExplode() =>
        Assert.False(Glob.IsMatch(string.Concat(Enumerable.Repeat("*a", 60)) + "*b", new string('a', 5000)));

    [Fact]
    public void Glob_AnyPattern_EqualsARegularExpression()
    {
        var random = new Random(6);
        for (var i = 0; i < 3000; i++)
        {
            var glob = Letters(random, "ab*?", 8);
            var name = Letters(random, "ab", 8);
            var expression = "^" + glob.Replace("?", ".", StringComparison.Ordinal).Replace("*", ".*", StringComparison.Ordinal) + "$";
            Assert.Equal(System.Text.RegularExpressions.Regex.IsMatch(name, expression), Glob.IsMatch(glob, name));
        }
    }

    [Fact]
    public void Alias_MatchesToo()
    {
        var router = Routers[0] with { Aliases = ["blocks.0.moe.router"] };
        Assert.True(RouterNames.Matches("blocks.*", router));
        Assert.True(RouterNames.Matches("model.*", router));
        Assert.False(RouterNames.Matches("encoder.*", router));
    }

    [Theory]
    [InlineData("a.0.gate", "a.0.gate")]
    [InlineData("a.0.gate a.1.gate a.12.gate", "a.{0,1,12}.gate")]
    [InlineData("a.0.gate b.1.gate", "{a.0.gate,b.1.gate}")]
    [InlineData("a.0.gate a.gate", "{a.0.gate,a.gate}")]
    public void GlobOf_MatchesThoseRoutersAlone(string names, string glob)
    {
        var routers = names.Split(' ').Select((name, i) => Batches.Router(8, 2, i) with { Name = name }).ToList();
        Assert.Equal(glob, RouterNames.GlobOf(routers));
        Assert.Equal(routers, RouterNames.Match(glob, [.. routers, Batches.Router(8, 2, 9) with { Name = "a.2.gate" }]));
    }

    [Theory]
    [InlineData("module.layers.0.gate", "layers.0.gate")]
    [InlineData("module.module.layers._orig_mod._orig_mod.gate", "layers.gate")]
    [InlineData("_orig_mod.module.a._fsdp_wrapped_module.module.b", "a.b")]
    [InlineData("my_module.gate", "my_module.gate")]
    [InlineData("a.module", "a.module")]
    public void WithoutWrappers_DropsThemWhereverTheyStand(string name, string expected) => Assert.Equal(expected, RouterNames.WithoutWrappers(name));

    [Fact]
    public void Nearest_ComesFirst() => Assert.Equal("model.layers.7.mlp.gate", RouterNames.Nearest("model.layer.7.mlp.gate", Routers)[0]);

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("same", "same", 0)]
    public void Distance_CountsEdits(string a, string b, int expected)
    {
        Assert.Equal(expected, RouterNames.Distance(a, b));
        Assert.Equal(expected, RouterNames.Distance(b, a));
    }

    private static string Letters(Random random, string alphabet, int most) => new([.. Enumerable.Range(0, random.Next(most)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
}
