using System.Text.Json;
using MoeDevtools.Numerics;
using MoeDevtools.Tests.Checkpoints;

namespace MoeDevtools.Tests.Numerics;

public sealed class LoadFormulasTests
{
    [Fact]
    public void FairLoad_IsBalanced()
    {
        Assert.Equal(4, LoadFormulas.EffectiveExperts([5, 5, 5, 5]), 1e-12);
        Assert.Equal(0, LoadFormulas.MaxVio([5, 5, 5, 5]));
    }

    [Fact]
    public void OneExpert_TakesAll()
    {
        Assert.Equal(1, LoadFormulas.EffectiveExperts([0, 9, 0, 0]), 1e-12);
        Assert.Equal(3, LoadFormulas.MaxVio([0, 9, 0, 0]));
    }

    [Fact]
    public void NothingAssigned_IsUndefined()
    {
        Assert.True(double.IsNaN(LoadFormulas.EffectiveExperts([0, 0])));
        Assert.True(double.IsNaN(LoadFormulas.MaxVio([0, 0])));
    }

    /// <summary>MaxVio of OLMoE's published counts, layers 0, 7, 15.</summary>
    [Theory]
    [InlineData("arxiv", 6.81, 5.28, 6.49)]
    [InlineData("github", 4.01, 5.16, 3.51)]
    [InlineData("wikipedia", 5.18, 5.78, 3.65)]
    [InlineData("book", 2.63, 3.06, 1.93)]
    [InlineData("c4", 2.02, 1.66, 1.50)]
    public void MaxVio_OfPublishedCounts_IsKnown(string domain, double first, double middle, double last)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folders.Root, "tests", "fixtures", "known-answers", "olmoe-domain-expert-counts.json")));
        var layers = file.RootElement.GetProperty("domains").GetProperty(domain);
        foreach (var (layer, expected) in new[] { ("0", first), ("7", middle), ("15", last) })
            Assert.Equal(expected, LoadFormulas.MaxVio(layers.GetProperty(layer).EnumerateArray().Select(c => c.GetInt64()).ToArray()), 0.006);
    }
}
