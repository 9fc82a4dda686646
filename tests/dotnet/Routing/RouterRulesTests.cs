using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Tests.Routing;

public sealed class RouterRulesTests
{
    private const float Inf = float.PositiveInfinity;

    [Fact]
    public void Softmax_NotNormalised_KeepsTheScores()
    {
        var (scores, _, selected, weights) = Route(new RouterRule { Experts = 4, K = 2 }, 0, MathF.Log(3), MathF.Log(4), MathF.Log(2));
        Near([0.1f, 0.3f, 0.4f, 0.2f], scores);
        Assert.Equal([2, 1], selected);
        Near([0.4f, 0.3f], weights);
    }

    [Fact]
    public void Normalise_DividesByTheSumThenScales()
    {
        var (_, _, selected, weights) = Route(new RouterRule { Experts = 4, K = 2, Normalise = true, Scale = 2.5f }, 0, MathF.Log(3), MathF.Log(4), MathF.Log(2));
        Assert.Equal([2, 1], selected);
        Near([2.5f * 4 / 7, 2.5f * 3 / 7], weights);
    }

    [Fact]
    public void Bias_ChangesTheChoiceButNotTheWeights()
    {
        var rule = new RouterRule { Experts = 3, K = 1, Scores = ScoreFunction.Sigmoid, Bias = [0, 1, 0] };
        var (_, selection, selected, weights) = Route(rule, 0, -MathF.Log(3), 0);
        Near([0.5f, 1.25f, 0.5f], selection);
        Assert.Equal([1], selected);
        Near([0.25f], weights);
    }

    [Fact]
    public void Weights_DecideTheOrderOfSlots()
    {
        var rule = new RouterRule { Experts = 2, K = 2, Scores = ScoreFunction.Sigmoid, Bias = [5, 0] };
        Assert.Equal([1, 0], Route(rule, -1, 1).Selected);       // chosen 0 first, by its bias; weighs less
    }

    [Fact]
    public void Groups_KeepTheBestBySumOfTheirTopScores()
    {
        // Sums of the best two: 0.9+0.1, 0.6+0.5, 0.7+0.2: the largest single score is in a group that goes.
        var rule = new RouterRule { Experts = 6, K = 2, Scores = ScoreFunction.Sigmoid, Groups = 3, GroupsKept = 1 };
        var (_, selection, selected, _) = Route(rule, [.. new[] { 0.9, 0.1, 0.6, 0.5, 0.7, 0.2 }.Select(Logit)]);
        Assert.Equal([2, 3], selected);
        Assert.Equal(4, selection.Count(float.IsNegativeInfinity));
    }

    [Fact]
    public void Groups_ThinnedByMasks_ComeAfterFullOnesAndBeforeEmptyOnes()
    {
        var rule = new RouterRule { Experts = 6, K = 2, Scores = ScoreFunction.Sigmoid, Groups = 3, GroupsKept = 2 };
        float[] scores = [0.9f, 0.8f, 0.2f, 0.1f, 0.7f, 0.6f], selection = new float[6];
        RouterRules.Selection(rule, [], scores, [-Inf, 0, 0, 0, -Inf, -Inf], selection);
        Assert.Equal([-Inf, 0.8f, 0.2f, 0.1f, -Inf, -Inf], selection);
    }

    [Fact]
    public void Ties_GoToTheLowerExpertAndGroup()
    {
        Assert.Equal([0, 1], Route(new RouterRule { Experts = 4, K = 2 }, 1, 1, 1, 1).Selected);
        Assert.Equal([0, 1], Route(new RouterRule { Experts = 4, K = 2, Scores = ScoreFunction.Sigmoid, Groups = 2 }, 1, 1, 1, 1).Selected);
    }

    [Fact]
    public void MinusInfinity_IsNeverChosen()
    {
        var rule = new RouterRule { Experts = 3, K = 2 };
        float[] selection = new float[3];
        RouterRules.Selection(rule, [], [0.2f, 0.3f, 0.5f], [-Inf, 0, -Inf], selection);
        var selected = new int[2];
        RouterRules.TopK(selection, selected);
        var weights = new float[] { 9, 9 };
        RouterRules.Weights(rule, [], [0.2f, 0.3f, 0.5f], selected, weights);
        Assert.Equal([1, -1], selected);
        Assert.Equal([0.3f, 0], weights);
    }

    [Fact]
    public void Nan_RanksHighestAndSpreads()
    {
        var (scores, _, selected, weights) = Route(new RouterRule { Experts = 3, K = 1, Scores = ScoreFunction.Sigmoid }, 5, float.NaN, 0);
        Assert.True(float.IsFinite(scores[0]));
        Assert.Equal([1], selected);
        Assert.True(float.IsNaN(weights[0]));
    }

    [Fact]
    public void Nan_UnderAMask_IsOut()
    {
        float[] selection = new float[2];
        RouterRules.Selection(new RouterRule { Experts = 2, K = 1 }, [], [float.NaN, 0.5f], [-Inf, 0], selection);
        Assert.Equal([-Inf, 0.5f], selection);
    }

    [Fact]
    public void SortByWeight_PutsEmptySlotsLastAndKeepsEquals()
    {
        int[] selected = [-1, 4, 2, -1, 7];
        float[] weights = [0, 0.5f, -0.1f, 0, 0.5f];
        RouterRules.SortByWeight(new RouterRule { Experts = 8, K = 5 }, selected, weights);
        Assert.Equal([4, 7, 2, -1, -1], selected);
        Assert.Equal([0.5f, 0.5f, -0.1f, 0, 0], weights);
    }

    [Fact]
    public void AnyRow_HasDistinctExpertsByDescendingWeight()
    {
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            var groups = random.Next(1, 5);
            var size = random.Next(2, 6);
            var kept = random.Next(1, groups + 1);
            var rule = new RouterRule
            {
                Experts = groups * size,
                K = random.Next(1, kept * size + 1),
                Scores = (ScoreFunction)random.Next(2),
                Groups = groups,
                GroupsKept = kept,
                Normalise = true,
                NormaliseEpsilon = 1e-20f,
            };
            var (_, selection, selected, weights) = Route(rule, [.. Enumerable.Range(0, rule.Experts).Select(_ => (float)random.NextDouble() * 8 - 4)]);
            Assert.Equal(rule.K, selected.Distinct().Count());
            Assert.True(selected.Select(e => e / size).Distinct().Count() <= kept);
            Assert.Equal(weights.OrderDescending(), weights);
            Assert.Equal(1, weights.Sum(), 1e-5);
            var worst = selected.Min(e => selection[e]);
            Assert.All(Enumerable.Range(0, rule.Experts).Except(selected), e => Assert.True(selection[e] <= worst));
        }
    }

    private static (float[] Scores, float[] Selection, int[] Selected, float[] Weights) Route(RouterRule rule, params float[] logits)
    {
        var made = (Scores: new float[rule.Experts], Selection: new float[rule.Experts], Selected: new int[rule.K], Weights: new float[rule.K]);
        RouterRules.Route(rule, logits, made.Scores, made.Selection, made.Selected, made.Weights);
        return made;
    }

    private static float Logit(double p) => (float)Math.Log(p / (1 - p));

    private static void Near(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6f);
    }
}
