using MoeDevtools.Breakpoints;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Breakpoints;

public sealed class BreakpointManagerTests
{
    private readonly RouterInfo _router = Batches.Router();
    private readonly List<Hit> _hits = [];
    private readonly List<LogLine> _log = [];

    [Fact]
    public void SelectedExpert_StopsAtEachRowThatSelectsIt()
    {
        var manager = With("* if selected(3)");
        var batch = Batches.Selecting(_router, [1, 2], [3, 1], [0, 1], [5, 3]);
        Assert.Equal([1, 3], Stops(manager, batch));
        Assert.Equal("selected(3) (was true)", _hits[0].Text);
        Assert.Equal("reached 4 times, condition true 2, errors 0", FormattableString.Invariant(manager.All[0].Explain()));
    }

    [Fact]
    public void LoadCondition_DefaultsToBatchModeAndReportsTheValue()
    {
        var manager = With("* if load(7) > 3");
        Assert.Equal(BreakpointMode.Batch, manager.All[0].Mode);
        var batch = Batches.Selecting(_router, [7, 2], [3, 7], [7, 1], [5, 3], [7, 0]);
        Assert.Equal([0], Stops(manager, batch));
        Assert.Equal("load(7) > 3 (was 3.2)", _hits[0].Text);
    }

    [Fact]
    public void AnyInBatchMode_StopsAtTheRowThatItFound()
    {
        var manager = With("* if any(selected(3) && position > 1)");
        Assert.Equal([3], Stops(manager, Batches.Selecting(_router, [1, 2], [3, 1], [0, 1], [5, 3])));
        Assert.Equal("any(selected(3) && position > 1) (selected(3) was true, position was 3)", _hits[0].Text);
    }

    [Fact]
    public void BatchStopBehindADecisionStop_IsReportedWithItAndNothingIsLost()
    {
        var manager = With("* if any(selected(5))", "* if selected(1)");
        Assert.Equal([0, 1, 2, 4], Stops(manager, Batches.Selecting(_router, [1, 2], [3, 1], [0, 1], [5, 3], [1, 7])));
        Assert.Equal([1, 2, 2, 2, 2], _hits.Select(h => h.Breakpoint.Id));
        Assert.Equal(5, manager.All[1].Reached);
        Assert.Equal(1, manager.All[0].Reached);
    }

    [Fact]
    public void PaddingRow_IsNeverReached()
    {
        var manager = With("* if selected(3)", "* mode batch");
        var batch = Batches.Selecting(_router, [3, 2], [3, 1], [3, 4]);
        batch.Pass.Rows.Padding[0] = true;
        Assert.Equal([1, 2], Stops(manager, batch));
        Assert.Equal(2, manager.All[0].Reached);
    }

    [Theory]
    [InlineData("3", new[] { 2 })]
    [InlineData("==3", new[] { 2 })]
    [InlineData("> 3", new[] { 3, 4, 5 })]
    [InlineData(">=3", new[] { 2, 3, 4, 5 })]
    [InlineData("<3", new[] { 0, 1 })]
    [InlineData("<=3", new[] { 0, 1, 2 })]
    [InlineData("%2", new[] { 1, 3, 5 })]
    public void HitCount_CountsTheTimesTheConditionIsTrue(string hits, int[] rows)
    {
        var manager = With($"* if selected(3) hits {hits}");
        Assert.Equal(rows, Stops(manager, Batches.Selecting(_router, [3, 2], [3, 1], [3, 4], [3, 0], [5, 3], [6, 3])));
    }

    [Theory]
    [InlineData("* hits 0", 8)]
    [InlineData("* hits <1", 8)]
    [InlineData("* hits %0", 8)]
    [InlineData("* hits five", 8)]
    [InlineData("* hits", 3)]
    [InlineData("* if entropy <", 15)]
    [InlineData("* if entropy < 0.5 && load(9) > 1 once", 28)]
    [InlineData("* mode row", 8)]
    [InlineData("* mode batch if entropy < 0.5", 17)]
    [InlineData("* expert 9", 10)]
    [InlineData("* expert x", 10)]
    [InlineData("* hits 3 hits 4", 10)]
    [InlineData("* whenever", 3)]
    [InlineData("if entropy < 0.5", 1)]
    [InlineData("* once 3", 8)]
    [InlineData("", 1)]
    public void BadBreakpoint_IsRefusedAtItsColumn(string text, int column)
    {
        var error = Assert.Throws<ConditionError>(() => With(text));
        Assert.Equal(column, error.Column);
        Assert.StartsWith("MOE30", error.Id, StringComparison.Ordinal);
    }

    [Fact]
    public void WordsInsideText_DoNotEndTheCondition()
    {
        var spec = BreakpointSpec.Parse("model.* if text == \" hits 3 once if \" && label != 'it\\'s mode batch' hits >5 once");
        Assert.Equal("text == \" hits 3 once if \" && label != 'it\\'s mode batch'", spec.Condition);
        Assert.Equal(">5", spec.Hits);
        Assert.True(spec.Once);
        Assert.Null(spec.Mode);
        Assert.Equal(spec, BreakpointSpec.Parse(spec.ToString()) with { });
    }

    [Fact]
    public void Once_StopsOnceAndIsNoLongerArmed()
    {
        var manager = With("* if selected(3) once");
        Assert.True(manager.IsArmed(_router));
        Assert.Equal([1], Stops(manager, Batches.Selecting(_router, [1, 2], [3, 1], [3, 0])));
        Assert.False(manager.IsArmed(_router));
        Assert.False(manager.All[0].Enabled);
    }

    [Fact]
    public void Crosses_StopsWhereTheConditionBecomesTrue()
    {
        var manager = With("* crosses selected(3)");
        var truth = new[] { true, true, false, true, true, false, false, true };
        Assert.Equal([3, 7], Stops(manager, Batches.Selecting(_router, [.. truth.Select(t => t ? new[] { 3, 1 } : [0, 1])])));
        Assert.Equal(5, manager.All[0].True);
    }

    [Fact]
    public void ExpertRead_StopsWithItsWeight()
    {
        var manager = With("* expert 3 if position > 0");
        Assert.Equal([2], Stops(manager, Batches.Selecting(_router, [3, 2], [4, 1], [0, 3])));
        Assert.StartsWith("expert 3 selected (weight was 0.4)", _hits[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void UndefinedText_IsCountedAsErrorAndNeverStops()
    {
        var manager = With("* if token == \"bread\"", "* if !(token == \"bread\")");
        var batch = Batches.Selecting(_router, [1, 2], [3, 1]);
        batch.Pass.Rows.Text[0] = null;
        batch.Pass.Rows.Text[1] = "bread";
        Assert.Equal([1], Stops(manager, batch));
        Assert.Equal((1, 1), (manager.All[0].True, manager.All[0].Errored));
        Assert.Equal((0, 1), (manager.All[1].True, manager.All[1].Errored));
        Assert.Equal("reached 2 times, condition true 1, errors 1 (last: the token's text is not known at column 6)", FormattableString.Invariant(manager.All[0].Explain()));
    }

    [Fact]
    public void Log_WritesItsMessageForPassedRowsAndDoesNotStop()
    {
        var manager = new BreakpointManager([_router]);
        manager.Add(BreakpointSpec.ParseLog("* if selected(3): {{row}} {row} has {weightOf(3):0.00} of \"{token}\", all {selected_experts}"));
        manager.Add(BreakpointSpec.Parse("* if row == 2"));
        Assert.Equal([2], Stops(manager, Batches.Selecting(_router, [3, 2], [4, 1], [0, 3])));
        Assert.Equal(["{row} 0 has 0.60 of \"t0\", all [2 slots] 3 2", "{row} 2 has 0.40 of \"t2\", all [2 slots] 0 3"], _log.Select(l => l.Text));
    }

    [Fact]
    public void LogAlone_WritesEveryRowAndDoesNotStop()
    {
        var manager = new BreakpointManager([_router]);
        manager.Add(BreakpointSpec.ParseLog("* if selected(3): {row}"));
        Assert.Empty(Stops(manager, Batches.Selecting(_router, [3, 2], [4, 1], [0, 3], [3, 0])));
        Assert.Equal(["0", "2", "3"], _log.Select(l => l.Text));
        Assert.Equal(4, manager.All[0].Reached);
    }

    [Theory]
    [InlineData("* if selected(3)")]
    [InlineData("* crosses selected(3)")]
    [InlineData("* crosses entropy < 0.8 && token_id != 5 hits %3")]
    [InlineData("* if selected(1) && entropy < 0.9 hits >4")]
    [InlineData("* if entropy < 0.9 once")]
    [InlineData("* hits <=20 mode decision")]
    public void BreakpointAlone_StopsWhereItDoesBesideAnother(string text)
    {
        var alone = With(text);
        var beside = With(text, "* if row > 1000000");
        for (var seed = 0; seed < 5; seed++)
        {
            var batch = Batches.Random(_router, 200, seed);
            var random = new Random(seed);
            for (var row = 0; row < batch.Tokens; row++)
            {
                batch.Pass.Rows.Padding[row] = random.Next(4) == 0;
                if (random.Next(4) == 0) batch.Pass.Rows.TokenId[row] = -1;
                if (random.Next(8) == 0) batch.ScoresOf(row)[random.Next(8)] = float.NaN;
            }
            Assert.Equal(Stops(beside, batch), Stops(alone, batch));
        }
        Assert.NotEqual(0, alone.All[0].Hits);
        Assert.Equal(FormattableString.Invariant(beside.All[0].Explain()), FormattableString.Invariant(alone.All[0].Explain()));
    }

    [Theory]
    [InlineData("* if entropy < 0.5", 1)]
    [InlineData("* : {entropy", 5)]
    [InlineData("* : a } b", 7)]
    [InlineData("* : {entropi}", 6)]
    [InlineData("* mode batch: {entropy}", 16)]
    public void BadLog_IsRefused(string text, int column)
    {
        var error = Assert.Throws<ConditionError>(() => new BreakpointManager([_router]).Add(BreakpointSpec.ParseLog(text)));
        Assert.Equal(text.Contains(':', StringComparison.Ordinal) ? column : text.Length + 1, error.Column);
    }

    [Fact]
    public void GlobThatBindsNothing_IsKeptAndNamesTheNearest()
    {
        var manager = new BreakpointManager(Batches.Routers(3));
        var breakpoint = manager.Add(BreakpointSpec.Parse("model.layers.1.mlp.gat if entropy < 0.5"));
        Assert.False(breakpoint.Verified);
        Assert.StartsWith("binds no router; nearest: model.layers.1.mlp.gate", FormattableString.Invariant(breakpoint.Message), StringComparison.Ordinal);
        Assert.Throws<ConditionError>(() => manager.Add(BreakpointSpec.Parse("nothing if entropy < \"a\"")));
        Assert.Single(manager.All);
    }

    [Fact]
    public void ConditionThatHoldsAtSomeRouters_BindsThose()
    {
        var manager = new BreakpointManager(Batches.Routers(4));
        var breakpoint = manager.Add(BreakpointSpec.Parse("* if layer == 2 && cv > 0.1"));
        Assert.StartsWith("binds 1 router; cannot hold at 3 routers: \"layer == 2\" at column 6 cannot be true", FormattableString.Invariant(breakpoint.Message), StringComparison.Ordinal);
        Assert.Equal([false, false, true, false], Batches.Routers(4).Select(manager.IsArmed));
    }

    [Fact]
    public void Wanted_NamesTheColumnsOfEnabledBreakpointsOnly()
    {
        var manager = With("* if entropy < 0.5", "* if selectionMargin < 0.1");
        Assert.Equal(RoutingColumns.SelectedExperts | RoutingColumns.RouterScores | RoutingColumns.SelectionScores, manager.Wanted(_router));
        manager.SetEnabled(2, false);
        Assert.Equal(RoutingColumns.SelectedExperts | RoutingColumns.RouterScores, manager.Wanted(_router));
        Assert.True(manager.Remove(1));
        Assert.False(manager.Remove(1));
        Assert.Equal(RoutingColumns.None, manager.Wanted(_router));
    }

    [Fact]
    public void Windows_CoverTheCurrentStepAndThoseBefore()
    {
        var loads = new ExpertLoads(8, 10);
        loads.Add(Batches.Selecting(_router, 1, 0, [[7, 0], [7, 1]]));
        loads.Add(Batches.Selecting(_router, 2, 0, [[7, 0]]));
        loads.Add(Batches.Selecting(_router, 3, 0, [[7, 2]]));
        var batch = Batches.Selecting(_router, 3, 1, [[1, 2], [3, 7], [4, 5]]);
        double Of(string text) => Expressions.Evaluate(text, batch, 0, loads).Number;
        Assert.Equal([3, 4, 5, 7, 7], new[] { Of("tokens"), Of("tokens(1)"), Of("tokens(2)"), Of("tokens(3)"), Of("tokens(9)") });
        Assert.Equal(2 * 8.0 / 8, Of("load(7, 1)"), 12);
        Assert.Equal(5 * 8.0 / 14, Of("load(7, 3)"), 12);
        Assert.Equal(5.0 / 7, Of("share(7, 3)"), 12);
    }

    [Fact]
    public void SetCondition_ReplacesOrKeepsTheOld()
    {
        var manager = With("* if selected(3)");
        Assert.Throws<ConditionError>(() => manager.SetCondition(1, "selected(8)"));
        Assert.Equal([0], Stops(manager, Batches.Selecting(_router, [3, 2], [4, 1])));
        Assert.True(manager.SetCondition(1, "selected(4)"));
        Assert.True(manager.SetHits(1, "2"));
        Assert.Equal([2], Stops(manager, Batches.Selecting(_router, [3, 2], [4, 1], [4, 3])));
        Assert.False(manager.SetCondition(5, null));
    }

    private BreakpointManager With(params string[] breakpoints)
    {
        var manager = new BreakpointManager([_router]);
        foreach (var text in breakpoints) manager.Add(BreakpointSpec.Parse(text));
        return manager;
    }

    /// <summary>The rows of all stops in a batch, continuing after each; <see cref="_hits"/> collects.</summary>
    private List<int> Stops(BreakpointManager manager, RoutingBatch batch)
    {
        _hits.Clear();
        var rows = new List<int>();
        var hits = new List<Hit>();
        for (var row = manager.FindHits(batch, null, 0, hits, _log.Add); row >= 0; row = manager.FindHits(batch, null, row + 1, hits, _log.Add))
        {
            rows.Add(row);
            _hits.AddRange(hits);
            if (row + 1 >= batch.Tokens) break;
        }
        return rows;
    }
}
