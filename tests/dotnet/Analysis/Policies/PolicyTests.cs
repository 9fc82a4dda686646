using MoeDevtools.Analysis.Policies;
using MoeDevtools.Messages;
using MoeDevtools.Numerics;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Tests.Analysis.Policies;

public sealed class PolicyTests
{
    private const float Out = float.NegativeInfinity;

    // Best first by score: 2, 0, 3, 1.
    private static readonly float[] Scores = [0.3f, 0.1f, 0.4f, 0.2f];

    [Theory]
    [InlineData("top_k k=1", "2")]
    [InlineData("top_k k=3", "2 0 3")]
    [InlineData("top_k k=9", "2 0 3 1")]
    [InlineData("top_p p=0", "2")]
    [InlineData("top_p p=0.4", "2")]
    [InlineData("top_p p=0.41", "2 0")]
    [InlineData("top_p p=0.75", "2 0 3")]
    [InlineData("top_p p=0.75 k_max=2", "2 0")]
    [InlineData("top_p p=1", "2 0 3 1")]
    [InlineData("threshold tau=0.1", "2 0")]
    [InlineData("threshold tau=0.35", "2")]
    [InlineData("threshold tau=0.9", "2")]
    [InlineData("confidence tau=0.39", "2")]
    [InlineData("confidence tau=0.41", "2 0")]
    [InlineData("expert_skipping beta=0.7", "2 0")]
    [InlineData("expert_skipping beta=0.8", "2")]
    [InlineData("expert_skipping beta=0", "2 0")]
    [InlineData("entropy_adaptive k_max=4", "2 0 3 1")]            // H = 0.923: the last of four quarters
    [InlineData("entropy_adaptive k_max=2 low=0.93", "2")]
    [InlineData("entropy_adaptive k_max=3 k_min=2 low=0.9 high=0.95", "2 0")]
    [InlineData("entropy_adaptive k_max=3 k_min=2 low=0.9 high=0.94", "2 0 3")]
    public void Choice_FollowsTheRule(string policy, string expected) => Assert.Equal(expected, Choose(policy, 2, Scores, Scores));

    [Theory]
    [InlineData("expert_skipping beta=0.6", "2 0")]               // 0.2 < 0.6 · 0.4
    [InlineData("expert_skipping beta=0.5", "2 0 3")]
    [InlineData("threshold tau=0.2", "2 0 3")]
    public void OwnChoiceOfThree_IsThinned(string policy, string expected) => Assert.Equal(expected, Choose(policy, 3, Scores, Scores));

    [Theory]
    [InlineData("top_k k=2", "0 3")]
    [InlineData("top_p p=0.5", "0 3")]
    [InlineData("threshold tau=0.25", "0")]
    [InlineData("threshold tau=0.35", "")]                         // the best of all is out, no other reaches tau
    [InlineData("confidence tau=0.3", "0")]
    [InlineData("expert_skipping beta=0.7", "0")]
    public void MaskedExpert_IsNotChosen(string policy, string expected) => Assert.Equal(expected, Choose(policy, 2, Scores, [0.3f, 0.1f, Out, 0.2f]));

    [Fact]
    public void SelectionScores_DecideTheOwnChoice_ScoresTheRest()
    {
        float[] biased = [0.3f, 9, 0.4f, 0.2f];                    // own choice: 1, 2
        Assert.Equal("1 2", Choose("confidence tau=0.5", 2, Scores, biased));
        Assert.Equal("2", Choose("confidence tau=0.4", 2, Scores, biased));
        Assert.Equal("2", Choose("threshold tau=0.2", 2, Scores, biased));
        Assert.Equal("2", Choose("expert_skipping beta=0.3", 2, Scores, biased));
    }

    [Fact]
    public void Ties_GoToTheLowerExpert() => Assert.Equal("0 1", Choose("top_p p=0.5", 2, [0.25f, 0.25f, 0.25f, 0.25f], [0.25f, 0.25f, 0.25f, 0.25f]));

    [Theory]
    [InlineData("top_k k=2")]
    [InlineData("top_p p=0.5")]
    [InlineData("threshold tau=0.5")]
    [InlineData("confidence tau=0.5")]
    [InlineData("entropy_adaptive k_max=3")]
    [InlineData("expert_skipping beta=0.5")]
    public void NanScores_StillChooseAnExpert(string policy)
    {
        float[] nan = [float.NaN, float.NaN, float.NaN, float.NaN];
        Assert.NotEmpty(Choose(policy, 2, nan, nan));
    }

    /// <summary>Against the definitions in sorted lists.</summary>
    [Fact]
    public void AnyRow_EqualsTheDefinition()
    {
        var random = new Random(9);
        for (var i = 0; i < 400; i++)
        {
            var n = random.Next(2, 40);
            var k = random.Next(1, n + 1);
            var s = Enumerable.Range(0, n).Select(_ => (float)(random.NextDouble() * 6)).ToArray();
            Formulas.Softmax(s, s);
            var x = Math.Round(random.NextDouble(), 3);
            var ranked = Enumerable.Range(0, n).OrderByDescending(e => s[e]).ToList();
            var own = ranked.Take(k).ToList();
            var before = 0.0;
            var topP = ranked.TakeWhile((e, j) => (j == 0 || before < x) & (before += s[e]) >= 0).ToList();
            Same(topP, Choose($"top_p p={x}", k, s, s));
            Same(topP.Take(k), Choose($"top_p p={x} k_max={k}", k, s, s));
            Same(own.Where(e => s[e] >= x || e == own[0]), Choose($"threshold tau={x}", k, s, s));
            Same(s[own[0]] >= x ? own.Take(1) : own, Choose($"confidence tau={x}", k, s, s));
            Same(own.Where(e => s[e] >= x * s[own[0]]), Choose($"expert_skipping beta={x}", k, s, s));
            var steps = Math.Min(k, 1 + (int)(Formulas.NormalisedEntropy(s) * k));
            Same(ranked.Take(steps), Choose($"entropy_adaptive k_max={k}", k, s, s));
        }
    }

    [Fact]
    public void Choosing_AllocatesNothing()
    {
        var rule = new RouterRule { Experts = 64, K = 8 };
        var scores = new float[64];
        for (var e = 0; e < 64; e++) scores[e] = 1f / (e + 1);
        var policies = new[] { "top_k k=4", "top_p p=0.9", "threshold tau=0.1", "confidence tau=0.9", "entropy_adaptive k_max=8", "expert_skipping beta=0.2" }.Select(Make).ToArray();
        var selected = new int[64];
        foreach (var policy in policies) policy.Choose(rule, scores, scores, selected.AsSpan(0, policy.MaxSlots(rule)));
        var start = GC.GetAllocatedBytesForCurrentThread();
        foreach (var policy in policies) policy.Choose(rule, scores, scores, selected.AsSpan(0, policy.MaxSlots(rule)));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - start);
    }

    [Theory]
    [InlineData("nucleus p=0.5", "MOE6010", "top_p")]
    [InlineData("expert_choice c=2", "MOE6010", "single tokens")]
    [InlineData("top_k k=2 k_ref=4", "MOE6011", "k_ref")]
    [InlineData("top_p q=0.5", "MOE6011", "p, k_max")]
    [InlineData("top_p", "MOE6012", "needs p")]
    [InlineData("top_p p=1.5", "MOE6013", "from 0 to 1")]
    [InlineData("top_p p=-1", "MOE6013", "from 0 to 1")]
    [InlineData("top_k k=0", "MOE6013", "whole")]
    [InlineData("top_k k=2.5", "MOE6013", "whole")]
    [InlineData("entropy_adaptive k_max=2 k_min=3", "MOE6014", "k_min")]
    [InlineData("entropy_adaptive k_max=2 low=0.5 high=0.5", "MOE6014", "low")]
    public void BadPolicy_IsRefused(string policy, string id, string says)
    {
        var error = Assert.Throws<UserError>(() => Make(policy));
        Assert.Equal(id, error.Id);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NanParameter_IsRefused() =>
        Assert.Equal("MOE6013", Assert.Throws<UserError>(() => PolicyCatalogue.Create("top_p", new Dictionary<string, double> { ["p"] = double.NaN })).Id);

    [Theory]
    [InlineData("top_p p=0.8")]
    [InlineData("entropy_adaptive k_max=8 low=0.25")]
    public void Text_SaysWhatWasGiven(string policy) => Assert.Equal(policy, Make(policy).Text);

    [Fact]
    public void Known_ListsThemAll() =>
        Assert.Equal(["top_k", "top_p", "threshold", "confidence", "entropy_adaptive", "expert_skipping"], PolicyCatalogue.Known.Select(p => p.Name));

    private static void Same(IEnumerable<int> expected, string actual) => Assert.Equal(string.Join(' ', expected), actual);

    private static string Choose(string policy, int k, float[] scores, float[] selection)
    {
        var rule = new RouterRule { Experts = scores.Length, K = k };
        var made = Make(policy);
        var selected = new int[made.MaxSlots(rule)];
        return string.Join(' ', selected[..made.Choose(rule, scores, selection, selected)]);
    }

    private static IRoutingPolicy Make(string text)
    {
        var words = text.Split(' ');
        return PolicyCatalogue.Create(words[0], words[1..].Select(w => w.Split('=')).ToDictionary(w => w[0], w => double.Parse(w[1])));
    }
}
