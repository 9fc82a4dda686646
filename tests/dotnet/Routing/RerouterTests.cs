using MoeDevtools.Analysis.Policies;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Tests.Routing;

/// <summary>Scores 0.4, 0.3, 0.2, 0.1 of experts 2, 0, 3, 1 by softmax, not renormalised, k = 2, unless a test says otherwise.</summary>
public sealed class RerouterTests
{
    private static readonly RouterInfo Plain = Batches.Router(4, 2);
    private static readonly RouterInfo LookingUp = Batches.Router(new RouterRule { Experts = 4, K = 2, Ranks = RankedValues.TokenTable, Normalise = true });
    private static readonly float[] Logits = [MathF.Log(3), MathF.Log(1), MathF.Log(4), MathF.Log(2)];

    [Theory]
    [InlineData("mask 2", "0=0.3 3=0.2")]
    [InlineData("mask_renormalised 2", "0=0.5 3=0.33333")]
    [InlineData("remove 2", "0=0.3 -")]
    [InlineData("remove 1", "2=0.4 0=0.3")]
    [InlineData("remove_renormalised 2", "0=0.7 -")]
    [InlineData("remove_renormalised 2,0", "- -")]
    [InlineData("force 1", "1=0.1 -")]
    [InlineData("force 1,3,0", "0=0.3 3=0.2 1=0.1")]
    [InlineData("k 1", "2=0.4 -")]
    [InlineData("k 4", "2=0.4 0=0.3 3=0.2 1=0.1")]
    [InlineData("set_logits 1=1.9459101", "1=0.4375 2=0.25")]           // ln 7: scores 3, 7, 4, 2 of 16
    [InlineData("add_to_logits 1=1.9459101", "1=0.4375 2=0.25")]
    [InlineData("add_to_logits 0=-50,2=-50", "3=0.66667 1=0.33333")]
    [InlineData("selection_bias 1=5", "2=0.4 1=0.1")]
    [InlineData("weights 0.25,0.75", "0=0.75 2=0.25")]
    [InlineData("weights 0.5,0.5", "2=0.5 0=0.5")]
    [InlineData("k 4; remove 0; weights 1,2,3", "1=3 3=2 2=1 -")]
    [InlineData("scale_weights 0.5", "2=0.2 0=0.15")]
    [InlineData("scale_weights 0", "2=0 0=0")]
    [InlineData("policy top_p p=0.85", "2=0.4 0=0.3 3=0.2")]
    [InlineData("mask 2; k 3; scale_weights 2", "0=0.6 3=0.4 1=0.2")]
    [InlineData("mask_renormalised 2; set_logits 2=9", "0=0.5 3=0.33333")]
    [InlineData("mask 0,1,3", "2=0.4 -")]
    [InlineData("mask 2; policy top_p p=0.85", "0=0.3 3=0.2 1=0.1")]
    public void Softmax_Changes(string changes, string expected) => Assert.Equal(expected, Decide(Plain, Logits, changes));

    [Theory]
    [InlineData("mask 2", "0=0.6 3=0.4")]
    [InlineData("mask_renormalised 2", "0=0.6 3=0.4")]
    [InlineData("remove 2", "0=0.42857 -")]
    [InlineData("remove_renormalised 2", "0=1 -")]
    [InlineData("force 1", "1=1 -")]
    [InlineData("k 1", "2=1 -")]
    [InlineData("weights 0.5,0.5", "2=0.5 0=0.5")]
    public void Renormalised_Changes(string changes, string expected) =>
        Assert.Equal(expected, Decide(Batches.Router(Plain.Rule with { Normalise = true }), Logits, changes));

    /// <summary>Experts 1 and 3 are looked up, whatever the scores (0.1 and 0.2); their weights are renormalised.</summary>
    [Theory]
    [InlineData("mask 3", "1=1 -")]
    [InlineData("mask 0", "3=0.66667 1=0.33333")]
    [InlineData("mask 1,3", "- -")]
    [InlineData("mask_renormalised 3", "1=1 -")]
    [InlineData("remove 3", "1=0.33333 -")]
    [InlineData("force 2", "2=1 -")]
    [InlineData("force 2,0", "2=0.57143 0=0.42857")]
    [InlineData("force 2,0; mask 2", "2=0.57143 0=0.42857")]
    [InlineData("k 1", "3=1 -")]
    [InlineData("scale_weights 0.5", "3=0.33333 1=0.16667")]
    [InlineData("add_to_logits 1=1.9459101", "1=0.77778 3=0.22222")]
    [InlineData("weights 0.25,0.75", "1=0.75 3=0.25")]
    [InlineData("policy top_p p=0.1", "3=1 -")]
    [InlineData("policy top_k k=4", "3=0.66667 1=0.33333")]
    public void LookedUp_Changes(string changes, string expected)
    {
        var batch = Batches.LookedUp(LookingUp, 1, (Logits, [1, 3]), (Logits, [0, 2]));
        new Rerouter().Apply(batch, 0, Parse(changes));
        Assert.Equal(expected, Text(batch, 0));
        Assert.Equal("2=0.57143 0=0.42857", Text(batch, 1));
        Assert.True(batch.SelectionScores.IsEmpty);
    }

    [Theory]
    [InlineData("k 3", "MOE3130")]
    [InlineData("selection_bias 1=1", "MOE3131")]
    public void ChangeThatALookupCannotTake_IsRefused(string changes, string id)
    {
        Assert.Equal(id, Assert.Throws<UserError>(() => new InterventionSet("*", null, Parse(changes)).Check([LookingUp])).Id);
        new InterventionSet("*", null, Parse(changes)).Check([Plain]);
    }

    [Fact]
    public void Mask_InAGroup_ChoosesTheGroupsAgain()
    {
        // Groups (0,1), (2,3): 0.9 + 0.2 beats 0.6 + 0.4 until expert 0 is masked: then a full group beats what is left of the first.
        var router = Batches.Router(new RouterRule { Experts = 4, K = 2, Scores = ScoreFunction.Sigmoid, Groups = 2 });
        float[] logits = [Logit(0.9), Logit(0.2), Logit(0.6), Logit(0.4)];
        Assert.Equal("0=0.9 1=0.2", Decide(router, logits, "scale_weights 1"));
        Assert.Equal("2=0.6 3=0.4", Decide(router, logits, "mask 0"));
        Assert.Equal("1=0.2 -", Decide(router, logits, "mask 0,2,3"));
    }

    [Fact]
    public void Bias_CountsForTheChoiceOnly()
    {
        var router = Batches.Router(Plain.Rule with { Bias = [0, 1, 0, 0] });
        Assert.Equal("2=0.4 1=0.1", Decide(router, Logits, "scale_weights 1"));
        Assert.Equal("2=0.4 0=0.3", Decide(router, Logits, "selection_bias 1=-1"));
    }

    [Fact]
    public void Decision_IsMadeAgainFromTheModelsOwnLogits()
    {
        var batch = Batches.Routed(Plain, 1, Logits);
        var rerouter = new Rerouter();
        rerouter.Apply(batch, 0, Parse("k 4; add_to_logits 1=9"));
        rerouter.Apply(batch, 0, Parse("mask 2"));
        Assert.Equal("0=0.3 3=0.2 - -", Text(batch, 0));
    }

    [Fact]
    public void GrownSlots_LeaveOtherRowsRight()
    {
        var batch = Batches.Routed(Plain, 1, Logits, [0, 0, 0, 9], [.. Logits.Reverse()]);
        var (second, third) = (Text(batch, 1), Text(batch, 2));
        var rerouter = new Rerouter();
        rerouter.Apply(batch, 1, Parse("k 4"));
        rerouter.Apply(batch, 0, Parse("k 3"));
        Assert.Equal(4, batch.Slots);
        Assert.Equal("2=0.4 0=0.3 3=0.2 -", Text(batch, 0));
        Assert.StartsWith(second[..second.IndexOf(' ')], Text(batch, 1));
        Assert.Equal(third + " - -", Text(batch, 2));
        Assert.False(batch.IsChanged(2));
        batch.Restore();
        Assert.Equal(2, batch.Slots);
        Assert.Equal(third, Text(batch, 2));
        Assert.Equal("2=0.4 0=0.3", Text(batch, 0));
    }

    [Fact]
    public void Columns_SayWhatTheDecisionWasMadeFrom()
    {
        var batch = Batches.Routed(Plain, 1, Logits);
        new Rerouter().Apply(batch, 0, Parse("mask_renormalised 2"));
        Assert.Equal(float.NegativeInfinity, batch.LogitsOf(0)[2]);
        Assert.Equal(0, batch.ScoresOf(0)[2]);
        Assert.Equal(0.5f, batch.ScoresOf(0)[0], 1e-6f);
        Assert.Equal(float.NegativeInfinity, batch.SelectionOf(0)[2]);
        Assert.Equal(Logits[2], batch.Before!.LogitsOf(0)[2]);
    }

    [Fact]
    public void Weights_OfAnotherNumber_AreRefused() =>
        Assert.Equal("MOE3120", Assert.Throws<UserError>(() => Decide(Plain, Logits, "weights 1,2,3")).Id);

    [Fact]
    public void NoChange_IsTheModelsOwnDecisionExactly()
    {
        var random = new Random(8);
        var rule = new RouterRule { Experts = 16, K = 4, Scores = ScoreFunction.Sigmoid, Groups = 4, GroupsKept = 2, Normalise = true, NormaliseEpsilon = 1e-20f, Scale = 2.5f };
        var batch = Batches.Routed(Batches.Router(rule), 1, [.. Enumerable.Range(0, 50).Select(_ => Enumerable.Range(0, 16).Select(_ => (float)random.NextDouble() * 6 - 3).ToArray())]);
        var rerouter = new Rerouter();
        for (var row = 0; row < batch.Tokens; row++) rerouter.Apply(batch, row, []);
        Assert.All(Enumerable.Range(0, batch.Tokens), row => Assert.False(batch.IsChanged(row)));
        Assert.Equal(batch.Before!.SelectionScores.ToArray(), batch.SelectionScores.ToArray());
    }

    private static string Decide(RouterInfo router, float[] logits, string changes)
    {
        var batch = Batches.Routed(router, 1, logits);
        new Rerouter().Apply(batch, 0, Parse(changes));
        return Text(batch, 0);
    }

    private static IReadOnlyList<Intervention> Parse(string changes) => new InterventionParser(PolicyCatalogue.Create).ParseChanges(changes);

    private static string Text(RoutingBatch batch, int row)
    {
        var slots = new List<string>();
        for (var j = 0; j < batch.Slots; j++)
            slots.Add(batch.ExpertsOf(row)[j] < 0 ? "-" : FormattableString.Invariant($"{batch.ExpertsOf(row)[j]}={batch.WeightsOf(row)[j]:0.#####}"));
        return string.Join(' ', slots);
    }

    private static float Logit(double p) => (float)Math.Log(p / (1 - p));
}
