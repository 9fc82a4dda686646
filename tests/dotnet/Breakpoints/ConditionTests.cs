using MoeDevtools.Breakpoints;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Tests.Breakpoints;

public sealed class ConditionTests
{
    private static readonly RouterInfo Router = Batches.Router(layer: 2, experts: 4, k: 2);

    // Row 0: scores 1/2 1/4 1/8 1/8, selected 0 1. Row 1: scores 0.1 0.2 0.3 0.4, selected 3 2. Row 2 as row 0, one slot empty. Row 3: padding.
    private readonly RoutingBatch _batch = Scores([0.5f, 0.25f, 0.125f, 0.125f], [0.1f, 0.2f, 0.3f, 0.4f], [0.5f, 0.25f, 0.125f, 0.125f], [0.7f, 0.1f, 0.1f, 0.1f]);

    [Theory]
    [InlineData("1 + 2 * 3", 7)]
    [InlineData("(1 + 2) * 3", 9)]
    [InlineData("7 - 2 - 1", 4)]
    [InlineData("7 / 2", 3.5)]
    [InlineData("-7 % 4", -3)]
    [InlineData("2 - -1.5e1", 17)]
    [InlineData(".5 * 4", 2)]
    [InlineData("step", 9)]
    [InlineData("pass", 1)]
    [InlineData("micro_batch", 1)]
    [InlineData("layer", 2)]
    [InlineData("rank", 3)]
    [InlineData("row", 0)]
    [InlineData("sequence", 0)]
    [InlineData("position", 0)]
    [InlineData("token_id", 100)]
    [InlineData("k", 2)]
    [InlineData("entropy", 0.875)]
    [InlineData("top1Margin", 0.25)]
    [InlineData("selectionMargin", 0.125)]
    [InlineData("topWeight", 0.5)]
    [InlineData("weightOf(1)", 0.25)]
    [InlineData("weightOf(3)", 0)]
    [InlineData("weightOf(row + 1)", 0.25)]
    [InlineData("router_scores[1]", 0.25)]
    [InlineData("selection_scores[2]", 0.125)]
    [InlineData("selected_experts[1]", 1)]
    [InlineData("routing_weights[k - 1]", 0.25)]
    [InlineData("load(0)", 2 * 4 / 5.0)]
    [InlineData("share(0)", 2 / 3.0)]
    [InlineData("maxVio", 0.6)]
    [InlineData("maxVio(20)", 0.6)]
    [InlineData("cv", 0.34641016151377546)]
    [InlineData("zeroExperts", 0)]
    [InlineData("deadExperts", 0)]
    [InlineData("loadEntropy", 0.96096404744368)]
    [InlineData("effectiveExperts", 3.78929141627600)]
    [InlineData("dropRate", 1 / 6.0)]
    [InlineData("tokens", 3)]
    [InlineData("count(entropy < 0.9)", 2)]
    [InlineData("mean(top1Margin)", 0.2)]
    [InlineData("min(top1Margin)", 0.1)]
    [InlineData("max(position)", 2)]
    [InlineData("max(weightOf(3) + share(3))", 0.4 + 1 / 3.0)]
    public void Number_IsAsComputedByHand(string text, double expected)
    {
        var value = Expressions.Evaluate(text, _batch, 0);
        Assert.Equal(ValueKind.Number, value.Kind);
        Assert.Equal(expected, value.Number, 6);
    }

    [Theory]
    [InlineData("1 < 2 == true", true)]
    [InlineData("1 == 1 && 2 != 2 || 3 >= 3", true)]
    [InlineData("!(2 <= 1)", true)]
    [InlineData("phase == train", true)]
    [InlineData("phase == \"train\"", true)]
    [InlineData("router == \"model.layers.2.mlp.gate\"", true)]
    [InlineData("token == text && text == 't0'", true)]
    [InlineData("label == \"code\"", true)]
    [InlineData("dropped", false)]
    [InlineData("any(dropped)", true)]
    [InlineData("all(k == 2)", false)]
    [InlineData("all(entropy > 0.8)", true)]
    [InlineData("selected(0) && !selected(3)", true)]
    [InlineData("selected(selected_experts[1])", true)]
    [InlineData("isFinite(router_logits)", true)]
    [InlineData("isFinite(router_logits[0] / 3)", true)]
    [InlineData("entropy < mean(entropy)", true)]
    [InlineData("'\\u0041\\t\\'' == \"A\\t'\"", true)]
    public void Truth_IsAsComputedByHand(string text, bool expected) => Assert.Equal(expected, Expressions.Evaluate(text, _batch, 0).Truth);

    [Theory]
    [InlineData("router_scores", "[4 experts] 0.5 0.25 0.125 0.125")]
    [InlineData("selected_experts", "[2 slots] 0 1")]
    [InlineData("token", "\"t0\"")]
    [InlineData("entropy", "0.875")]
    [InlineData("entropy / (row - 0)", "undefined: division by zero")]
    [InlineData("phase", "\"train\"")]
    public void Value_RendersInOneLine(string text, string expected) => Assert.Equal(expected, Expressions.Evaluate(text, _batch, 0).Render());

    [Theory]
    [InlineData("1 / (row - 0) > 2 && false", "division by zero")]
    [InlineData("5 % row == 0", "remainder of a division by zero")]
    [InlineData("router_logits[row + 4] > 0", "index out of range")]
    [InlineData("router_logits[row + 0.5] > 0", "index is not a whole number")]
    [InlineData("selected(row - 1)", "index out of range")]
    [InlineData("load(row - 1) > 1", "index out of range")]
    [InlineData("label != text || true", null)]
    [InlineData("false && 1 / row > 2", null)]
    [InlineData("true || 1 / row > 2", null)]
    [InlineData("!(1 / row > 2)", "division by zero")]
    [InlineData("any(1 / row > 0.4)", null)]
    [InlineData("any(1 / row > 4)", "division by zero")]
    [InlineData("all(1 / row > 4)", null)]
    [InlineData("count(1 / row > 0) > 1", "division by zero")]
    [InlineData("mean(1 / row) > 1", "division by zero")]
    public void OperationThatFails_IsNeitherTrueNorFalse(string text, string? reason)
    {
        var value = Expressions.Evaluate(text, _batch, 0);
        Assert.Equal(reason is null ? ValueKind.Truth : ValueKind.Undefined, value.Kind);
        if (reason is not null) Assert.Equal(reason, value.Text);
    }

    [Fact]
    public void ScoresThatAreNotFinite_LeaveEntropyAndMarginsUndefined()
    {
        _batch.ScoresOf(1)[2] = float.NaN;
        _batch.SelectionOf(1)[2] = float.NaN;
        foreach (var text in new[] { "entropy", "top1Margin", "selectionMargin", "entropy < 0.5", "!(entropy < 0.5)" })
            Assert.Equal(ValueKind.Undefined, Expressions.Evaluate(text, _batch, 1).Kind);
        Assert.False(Expressions.Evaluate("router_scores[2] < 5", _batch, 1).Truth);
        Assert.False(Expressions.Evaluate("isFinite(router_scores)", _batch, 1).Truth);
        Assert.Equal(ValueKind.Number, Expressions.Evaluate("entropy", _batch, 0).Kind);
    }

    [Fact]
    public void UnknownTextIdAndLabel_AreUndefined()
    {
        var rows = _batch.Pass.Rows;
        (rows.Text[0], rows.TokenId[0], rows.Label[0]) = (null, -1, null);
        foreach (var text in new[] { "token", "text", "token_id", "label", "token == \"a\"", "token_id != 5" })
            Assert.Equal(ValueKind.Undefined, Expressions.Evaluate(text, _batch, 0).Kind);
    }

    [Fact]
    public void ColumnThatWasNotCaptured_IsUndefined()
    {
        _batch.Present = RoutingColumns.RouterLogits;
        foreach (var text in new[] { "entropy", "selected(1)", "load(1)", "topWeight", "router_scores", "router_scores[1]", "dropped", "k" })
            Assert.Equal("not captured here", Expressions.Evaluate(text, _batch, 0).Text);
    }

    [Theory]
    [InlineData(31, 0)]
    [InlineData(32, 4)]
    public void ExpertsWithoutTokens_AreDeadOnlyWhenChanceCannotExplainIt(int tokens, int dead)
    {
        var router = Batches.Router(experts: 8, k: 2);
        var batch = Batches.Selecting(router, [.. Enumerable.Range(0, tokens).Select(t => new[] { t % 2, 2 + t % 2 })]);
        Assert.Equal(4, Expressions.Evaluate("zeroExperts", batch, 0).Number);
        Assert.Equal(dead, Expressions.Evaluate("deadExperts", batch, 0).Number);
    }

    [Theory]
    [InlineData("entropy <", 10, "expected a value at column 10, found the end")]
    [InlineData("entropy < < 1", 11, "expected a value at column 11, found \"<\"")]
    [InlineData("(entropy < 1", 13, "expected \")\" at column 13, found the end")]
    [InlineData("entropy < 0.5 selected(1)", 15, "expected an operator or the end at column 15, found \"selected\"")]
    [InlineData("entropy = 1", 9, "\"=\" at column 9 is not part of a condition")]
    [InlineData("entropy < 1.2.3", 11, "\"1.2.3\" at column 11 is not a number")]
    [InlineData("text == \"abc", 9, "the text that starts at column 9 has no closing \"")]
    [InlineData("text == \"a\\q\"", 11, "the escape at column 11 is not known")]
    [InlineData("entropi < 1", 1, "expected a name of the condition language at column 1, found \"entropi\"")]
    [InlineData("layer == 2 && 4 < token", 19, "expected a number at column 19, found text")]
    [InlineData("text == \"🍞\" && layer", 16, "expected true or false at column 16, found a number")]
    [InlineData("entropy", 1, "expected true or false at column 1, found a number")]
    [InlineData("router_logits > 2", 1, "expected a number at column 1, found a vector")]
    [InlineData("entropy[1] > 2", 1, "expected a vector at column 1, found a number")]
    [InlineData("entropy(1) > 2", 1, "expected no parentheses after entropy at column 1, found 1")]
    [InlineData("selected", 1, "expected 1 argument after selected at column 1, found 0")]
    [InlineData("load(1, 2, 3) > 1", 1, "expected 1 or 2 arguments after load at column 1, found 3")]
    [InlineData("layer == 2 && router_logits[4] > 0", 29, "expected the number of expert 0 to 3 at column 29, found 4 (N = 4 at model.layers.2.mlp.gate)")]
    [InlineData("routing_weights[2] > 0", 17, "expected the number of slot 0 to 1 at column 17, found 2 (k = 2 at model.layers.2.mlp.gate)")]
    [InlineData("selected(-1)", 10, "expected the number of expert 0 to 3 at column 10, found -1 (N = 4 at model.layers.2.mlp.gate)")]
    [InlineData("cv(0) > 1", 4, "expected a window of 1 to 1000 steps at column 4, found 0")]
    [InlineData("cv(step) > 1", 4, "expected a window of 1 to 1000 steps at column 4, found step")]
    [InlineData("step / 0 > 1", 8, "the divisor at column 8 is 0")]
    [InlineData("any(any(dropped))", 5, "any() at column 5 stands inside another of its kind")]
    public void BadCondition_NamesColumnAndWhatWasExpected(string text, int column, string facts)
    {
        var error = Refused(Router, text);
        Assert.Equal(column, error.Column);
        Assert.StartsWith(facts, FormattableString.Invariant(error.Facts), StringComparison.Ordinal);
        Assert.StartsWith("MOE30", error.Id, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("entropy > 1", 1, 11)]
    [InlineData("entropy < 0", 1, 11)]
    [InlineData("selected(1) && entropy * 2 > 2.5", 16, 17)]
    [InlineData("router_scores[0] > 1", 1, 20)]
    [InlineData("topWeight > 1", 1, 13)]
    [InlineData("load(3) > 2", 1, 11)]
    [InlineData("load(3, 200) >= 2.1", 1, 19)]
    [InlineData("share(3) > 1", 1, 12)]
    [InlineData("k > 2", 1, 5)]
    [InlineData("k == 1.5", 1, 8)]
    [InlineData("layer == 3", 1, 10)]
    [InlineData("layer != 2", 1, 10)]
    [InlineData("selected_experts[0] == 4", 1, 24)]
    [InlineData("maxVio > 1", 1, 10)]
    [InlineData("effectiveExperts < 2", 1, 20)]
    [InlineData("loadEntropy < 0.5", 1, 17)]
    [InlineData("zeroExperts > 2", 1, 15)]
    [InlineData("dropRate > 1", 1, 12)]
    [InlineData("tokens < 0", 1, 10)]
    [InlineData("any(entropy > 1)", 5, 11)]
    [InlineData("mean(entropy) > 1", 1, 17)]
    [InlineData("count(entropy > 1) > 0", 1, 22)]
    [InlineData("entropy < 0.2 && entropy > 0.8", 18, 13)]
    [InlineData("entropy < 0.2 && (step == 3 || selected(1)) && entropy >= 0.2", 48, 14)]
    [InlineData("selected(1) && !selected(1)", 16, 12)]
    [InlineData("!(entropy <= 1)", 1, 15)]
    [InlineData("phase == \"decoding\"", 1, 19)]
    [InlineData("phase == train && phase == eval", 19, 13)]
    [InlineData("router == \"lm_head\"", 1, 19)]
    [InlineData("position % 4 == 5", 1, 17)]
    [InlineData("false", 1, 5)]
    public void ConditionThatCannotBeTrue_IsRefusedWhenSet(string text, int column, int length)
    {
        var error = Refused(Router, text);
        Assert.Equal(("MOE3016", column, length), (error.Id, error.Column, error.Length));
    }

    [Theory]
    [InlineData("entropy >= 1")]
    [InlineData("load(3) >= 2")]
    [InlineData("entropy > 2 || selected(3)")]
    [InlineData("router_scores[0] != router_scores[0]")]
    [InlineData("!(router_scores[0] <= 1)")]
    [InlineData("router_logits[0] > 100000")]
    [InlineData("entropy < 0.2 && any(entropy > 0.8)")]
    [InlineData("entropy < 0.2 && entropy > 0.1")]
    [InlineData("token_id % 7 == 6 && step * 2 > 10 - layer")]
    [InlineData("load(3) - load(2) < -1.9")]
    [InlineData("selection_scores[1] == 1 / 3")]
    public void ConditionThatCanBeTrue_IsAccepted(string text) => new BreakpointManager([Router]).Add(new BreakpointSpec { Routers = "*", Condition = text });

    [Fact]
    public void SelectionMarginWhereEveryExpertIsChosen_IsUndefinedWhenSet()
    {
        var error = Refused(Batches.Router(experts: 4, k: 4), "entropy < 0.5 && selectionMargin < 0.1");
        Assert.Equal(("MOE3010", 18), (error.Id, error.Column));
        error = Refused(Batches.Router(experts: 8, k: 4, change: rule => rule with { Groups = 4, GroupsKept = 2 }), "selectionMargin < 0.1");
        Assert.Equal("MOE3010", error.Id);
    }

    [Theory]
    [InlineData("selectionMargin < 0.1", 1)]
    [InlineData("entropy < 0.5 && top1Margin < 0.1", 18)]
    [InlineData("selection_scores[2] > 0.5", 1)]
    [InlineData("!isFinite(selection_scores)", 11)]
    [InlineData("any(selected(1) && selectionMargin > 0)", 20)]
    public void MarginWhereExpertsAreLookedUp_IsUndefinedWhenSet(string text, int column)
    {
        var lookingUp = Batches.Router(layer: 3, change: rule => rule with { Ranks = RankedValues.TokenTable });
        var error = Refused(lookingUp, text);
        Assert.Equal(("MOE3010", column), (error.Id, error.Column));
        Assert.Contains("by token id", FormattableString.Invariant(error.Facts), StringComparison.Ordinal);

        var both = new BreakpointManager([Router, lookingUp]).Add(new BreakpointSpec { Routers = "*", Condition = text });
        Assert.StartsWith("binds 1 router; cannot hold at 1 router", FormattableString.Invariant(both.Message), StringComparison.Ordinal);
        var batch = Batches.Empty(lookingUp, 1, 1, 0);
        Assert.Equal("undefined: its experts are looked up by token id, and nothing is ranked", Expressions.Evaluate("selectionMargin", batch, 0).Render());
        foreach (var defined in new[] { "entropy < 0.5", "router_scores[2] > 0.5", "router_logits[0] > 0", "weightOf(1) > 0.5", "topWeight < 0.9", "selected(3)", "load(3) > 2" })
            Assert.True(new BreakpointManager([lookingUp]).Add(new BreakpointSpec { Routers = "*", Condition = defined }).Verified);
    }

    [Fact]
    public void ScoresWithoutAnUpperEnd_CanBeLarge()
    {
        var router = Batches.Router(change: rule => rule with { Scores = ScoreFunction.SqrtSoftplus });
        foreach (var text in new[] { "router_scores[0] > 3", "top1Margin > 2", "topWeight > 1.5", "selection_scores[0] > 3" })
            Assert.True(new BreakpointManager([router]).Add(new BreakpointSpec { Routers = "*", Condition = text }).Verified);
        Assert.Equal("MOE3016", Refused(Batches.Router(change: rule => rule with { Scores = ScoreFunction.SqrtSoftplus, Normalise = true, Scale = 1.5f }), "topWeight > 1.6").Id);
    }

    /// <summary>Of eight experts the last two are identities: loads are those of six.</summary>
    [Theory]
    [InlineData("load(0)", 2.25)]              // 3 of 8 assignments to six experts
    [InlineData("share(7)", 1.0 / 3)]
    [InlineData("identityShare", 1.0 / 3)]
    [InlineData("maxVio", 1.25)]
    [InlineData("zeroExperts", 3)]
    [InlineData("dropRate", 0)]
    public void LoadsLeaveIdentitiesOut(string expression, double expected)
    {
        var router = Batches.Router(change: rule => rule with { IdentityExperts = 2 });
        var batch = Batches.Selecting(router, [0, 1], [1, 6], [0, 7], [2, 1], [6, 7], [0, 2]);
        var value = Expressions.Evaluate(expression, batch, 0);
        Assert.Equal(expected, value.Number, 1e-9);
    }

    [Fact]
    public void LoadOfAnIdentity_IsUndefined_AndBoundsAreThoseOfTheOthers()
    {
        var router = Batches.Router(change: rule => rule with { IdentityExperts = 1 });
        var batch = Batches.Selecting(router, [0, 7], [1, 2]);
        var value = Expressions.Evaluate("load(3 + 4)", batch, 0);
        Assert.Equal(ValueKind.Undefined, value.Kind);
        Assert.Contains("identity", value.Render(), StringComparison.Ordinal);
        // A token goes to one expert with a load at least: 7 / 1.
        Assert.True(new BreakpointManager([router]).Add(new BreakpointSpec { Routers = "*", Condition = "load(0) > 6.9" }).Verified);
        Assert.Equal("MOE3016", Refused(router, "load(0) > 7").Id);
        Assert.Equal("MOE3016", Refused(router, "effectiveExperts > 7").Id);
        var error = Refused(router, "share(7) > 0 && load(7) > 1");
        Assert.Equal(("MOE3013", 22), (error.Id, error.Column));
        Assert.Equal("MOE3016", Refused(router, "identityShare > 0.5").Id);
        Assert.Equal("MOE3010", Refused(Batches.Router(), "identityShare > 0").Id);
    }

    [Fact]
    public void NestingWithoutEnd_IsRefusedAndNotAStackOverflow()
    {
        foreach (var text in new[] { new string('(', 100_000), new string('!', 100_000), Repeat("a[", 100_000), Repeat("1 + ", 100_000) + "1", Repeat("any(", 100_000) })
            Assert.Equal("MOE3006", Refused(Router, text).Id);
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static ConditionError Refused(RouterInfo router, string condition) =>
        Assert.Throws<ConditionError>(() => new BreakpointManager([router]).Add(new BreakpointSpec { Routers = "*", Condition = condition }));

    private static RoutingBatch Scores(params float[][] rows)
    {
        var batch = Batches.Empty(Router, rows.Length, step: 9, pass: 1);
        batch.Pass.Phase = Phase.Train;
        batch.Pass.Rank = 3;
        batch.Pass.Rows.Label[0] = "code";
        batch.Pass.Rows.Padding[3] = true;
        for (var row = 0; row < rows.Length; row++)
        {
            for (var e = 0; e < rows[row].Length; e++) batch.LogitsOf(row)[e] = MathF.Log(rows[row][e]);
            Batches.Route(batch, row);
        }
        (batch.ExpertsOf(2)[1], batch.WeightsOf(2)[1]) = (-1, 0);
        return batch;
    }
}
