using MoeDevtools.Routing;
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
                Scores = (ScoreFunction)random.Next(3),
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

    [Fact]
    public void LogitsFirst_RanksLogitsAndWeighsByTheChosenAlone()
    {
        var rule = new RouterRule { Experts = 4, K = 2, Ranks = RankedValues.Logits, Weights = WeightFunction.SoftmaxOfChosen };
        var (scores, selection, selected, weights) = Route(rule, 0, MathF.Log(3), MathF.Log(4), MathF.Log(2));
        Near([0.1f, 0.3f, 0.4f, 0.2f], scores);
        Assert.Equal([0, MathF.Log(3), MathF.Log(4), MathF.Log(2)], selection);
        Assert.Equal([2, 1], selected);
        Near([4f / 7, 3f / 7], weights);
        Assert.Equal(RoutingColumns.RouterScores, rule.Derived);
    }

    [Fact]
    public void LogitsFarApart_StillWeighTheChosen()
    {
        // Over all experts the chosen scores underflow to 0: their own softmax does not.
        var rule = new RouterRule { Experts = 3, K = 2, Ranks = RankedValues.Logits, Weights = WeightFunction.SoftmaxOfChosen };
        float[] logits = [0, -200, -200], selection = new float[3], scores = new float[3], weights = new float[2];
        var selected = new int[2];
        RouterRules.Scores(rule, logits, scores);
        RouterRules.Selection(rule, logits, scores, [-Inf, 0, 0], selection);
        RouterRules.TopK(selection, selected);
        RouterRules.Weights(rule, logits, scores, selected, weights);
        Assert.Equal([1, 2], selected);
        Near([0.5f, 0.5f], weights);
    }

    [Fact]
    public void SigmoidOfTheChosen_IsNotNormalisedUnlessAsked()
    {
        var rule = new RouterRule { Experts = 3, K = 2, Ranks = RankedValues.Logits, Scores = ScoreFunction.Sigmoid };
        Near([0.75f, 0.25f], Route(rule, -5, Logit(0.75), Logit(0.25)).Weights);
        Near([0.75f, 0.25f], Route(rule with { Normalise = true }, -5, Logit(0.6), Logit(0.2)).Weights);
    }

    [Fact]
    public void SparseMixer_DrawsTwiceAndDoesNotSumToOne()
    {
        var rule = new RouterRule { Experts = 4, K = 2, Ranks = RankedValues.Logits, Weights = WeightFunction.SparseMixer, Jitter = 0.01f };
        // 2.00 and 1.97 are within 2 % of each other; so are 1.97 and 1.94 once the first is drawn.
        var (_, _, selected, weights) = Route(rule, 1.97f, 2, 1.94f, -1);
        Assert.Equal([1, 0], selected);
        Near([1 / (1 + MathF.Exp(-0.03f)), 1 / (1 + MathF.Exp(-0.03f))], weights);
        // Nothing near: each draw is certain, and the order is that of the draws.
        (_, _, selected, weights) = Route(rule, 1, 3, 2, 0);
        Assert.Equal([1, 2], selected);
        Assert.Equal([1f, 1f], weights);
    }

    [Fact]
    public void Normalise_ByAnotherNormOrWithAFloor()
    {
        var rule = new RouterRule { Experts = 4, K = 2, Normalise = true };
        float[] logits = [0, MathF.Log(3), MathF.Log(4), MathF.Log(2)];
        Near([0.8f, 0.6f], Route(rule with { NormalisePower = 2 }, logits).Weights);
        Near([0.5f, 0.375f], Route(rule with { NormaliseFloor = 0.8f }, logits).Weights);
        Near([4f / 7, 3f / 7], Route(rule with { NormaliseFloor = 0.1f }, logits).Weights);
    }

    [Fact]
    public void GroupFillOfZero_LeavesExpertsThatCanStillBeChosen()
    {
        var rule = new RouterRule { Experts = 4, K = 3, Groups = 2, GroupScoreExperts = 1, GroupFill = 0 };
        var (_, selection, selected, weights) = Route(rule, MathF.Log(5), MathF.Log(1), MathF.Log(2), MathF.Log(2));
        Near([0.5f, 0.1f, 0, 0], selection);
        Assert.Equal([0, 2, 1], selected);                     // by weight: the third chosen, at 0, weighs its own score
        Near([0.5f, 0.2f, 0.1f], weights);
    }

    [Fact]
    public void Capacity_EmptiesTheSlotOfAFullExpert()
    {
        var rule = new RouterRule { Experts = 3, K = 1, Capacity = 2 };
        int[] selected = [1];
        float[] weights = [0.7f];
        RouterRules.DropOverCapacity(rule, [0, 1, 2], selected, weights);
        Assert.Equal([1], selected);
        RouterRules.DropOverCapacity(rule, [0, 2, 2], selected, weights);
        Assert.Equal([-1], selected);
        Assert.Equal([0f], weights);
    }

    [Fact]
    public void Places_AreRewoundWithTheSequence()
    {
        var places = new ExpertPlaces(experts: 3, k: 1);
        foreach (var e in (int[])[2, 2, -1, 0]) places.Add([e]);
        Assert.Equal([1, 0, 2], places.Taken.ToArray());
        places.Truncate(1);
        Assert.Equal(1, places.Length);
        Assert.Equal([0, 0, 1], places.Taken.ToArray());
    }

    [Theory]
    [InlineData(1, "softmax over all, top-2 of 8, renormalised")]
    [InlineData(2, "sigmoid of each + correction bias for the choice, best 2 of 4 groups by their top 2, top-2 of 8, renormalised, times 2.5")]
    [InlineData(3, "softmax over all, best 1 of 2 groups by their best, top-2 of 8, not renormalised")]
    [InlineData(4, "raw logits, top-2 of 8, softmax over the chosen")]
    [InlineData(5, "raw logits, top-1 of 8, sigmoid of the chosen, not renormalised, weighs the experts' input")]
    [InlineData(6, "sparse mixer, top-2 of 8 one by one, each a softmax over what is within 0.02 of the best left")]
    [InlineData(7, "softmax over all, top-2 of 8, renormalised by their 2-norm")]
    [InlineData(8, "softmax over all, top-1 of 8, not renormalised, capacity 64 a sequence, later tokens are dropped")]
    [InlineData(9, "by token id, sqrt-softplus of each, 2 of 8 from a table, renormalised, times 1.5")]
    [InlineData(10, "softmax over all, top-3 of 8, not renormalised, E6 to E7 are zero experts (identity)")]
    public void Describe_SaysTheRuleInOneLine(int rule, string words) => Assert.Equal(words, new RouterRule[]
    {
        new() { Experts = 8, K = 2, Normalise = true },
        new() { Experts = 8, K = 2, Scores = ScoreFunction.Sigmoid, Bias = new float[8], Groups = 4, GroupsKept = 2, Normalise = true, Scale = 2.5f },
        new() { Experts = 8, K = 2, Groups = 2, GroupScoreExperts = 1, GroupFill = 0 },
        new() { Experts = 8, K = 2, Ranks = RankedValues.Logits, Weights = WeightFunction.SoftmaxOfChosen },
        new() { Experts = 8, K = 1, Ranks = RankedValues.Logits, Scores = ScoreFunction.Sigmoid, WeighsInput = true },
        new() { Experts = 8, K = 2, Ranks = RankedValues.Logits, Weights = WeightFunction.SparseMixer, Jitter = 0.01f },
        new() { Experts = 8, K = 2, Normalise = true, NormalisePower = 2 },
        new() { Experts = 8, K = 1, Capacity = 64 },
        new() { Experts = 8, K = 2, Ranks = RankedValues.TokenTable, Scores = ScoreFunction.SqrtSoftplus, Normalise = true, Scale = 1.5f },
        new() { Experts = 8, K = 3, IdentityExperts = 2 },
    }[rule - 1].Describe());

    [Fact]
    public void SqrtSoftplus_IsExactFarFromZero()
    {
        var (scores, _, selected, weights) = Route(new RouterRule { Experts = 6, K = 2, Scores = ScoreFunction.SqrtSoftplus }, 0, 100, -100, -20, 3, -3);
        Near([0.8325546f, 10, 1.9287498e-22f, 4.539993e-5f, 1.7460204f, 0.2204254f], scores);
        Assert.Equal(1.9287498e-22f, scores[2], 1e-28f);
        Assert.Equal([1, 4], selected);
        Assert.Equal([scores[1], scores[4]], weights);
    }

    [Fact]
    public void LookedUp_IsKeptWhateverTheScores_AndOrderedByWeight()
    {
        var rule = new RouterRule { Experts = 4, K = 3, Ranks = RankedValues.TokenTable, Scores = ScoreFunction.SqrtSoftplus, Normalise = true, NormaliseEpsilon = 1e-20f, Scale = 1.5f };
        float[] scores = new float[4], selection = [7, 7, 7, 7], weights = new float[3];
        int[] selected = [2, 0, 3];
        RouterRules.Route(rule, [1, 9, -2, 0], scores, selection, selected, weights);
        Assert.Equal([0, 3, 2], selected);
        Assert.Equal(1.5, weights.Sum(), 1e-6);
        Assert.Equal(scores[0] / scores[3], weights[0] / weights[1], 1e-5f);
        Assert.Equal([7, 7, 7, 7], selection);
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
