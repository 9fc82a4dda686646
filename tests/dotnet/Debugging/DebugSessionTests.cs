using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Debugging;

public sealed class DebugSessionTests : IDisposable
{
    private static readonly InterventionParser Parser = new((_, _) => throw new InvalidOperationException());
    private readonly ModelSession _model = ModelSession.Open(Path.Combine(Repository.Root, "samples/olmoe-tiny"));
    private readonly WaitingClient _client = new();
    private readonly DebugSession _session;

    public DebugSessionTests() => _session = new DebugSession(_model, _client, new DebugOptions { Interactive = true });

    private RunRequest Request => new() { Sequences = [_model.FromText("7 * 1 = 7\n7 * 2 =")], MaxNewTokens = 4, IgnoreEos = true };

    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void Over_StaysInTheRow_AndLeadsFromTheLastRouterToTheNextPass()
    {
        Break("L0 if position == 5");
        _session.Start(Request);
        Assert.Equal(new Cursor(1, 0, 0, 5), _client.NextStop().Cursor);

        Assert.Equal(new Cursor(1, 0, 1, 5), Step(StepKind.Over).Cursor);
        Assert.Equal(new Cursor(1, 0, 2, 5), Step(StepKind.Over).Cursor);
        Assert.Equal(new Cursor(1, 0, 3, 5), Step(StepKind.Over).Cursor);
        Assert.Equal(new Cursor(2, 0, 0, 0), Step(StepKind.Over).Cursor);
    }

    [Fact]
    public void Into_IsTheNextRow_AndAfterTheLastTheSameRouterInTheNextPass()
    {
        var tokens = Request.Sequences[0].Ids.Count;
        Break($"L2 if position == {tokens - 2}");
        _session.Start(Request);
        Assert.Equal(tokens - 2, _client.NextStop().Row);

        Assert.Equal(new Cursor(1, 0, 2, tokens - 1), Step(StepKind.Into).Cursor);
        Assert.Equal(new Cursor(2, 0, 2, 0), Step(StepKind.Into).Cursor);
        Assert.Equal(new Cursor(3, 0, 2, 0), Step(StepKind.Into).Cursor);
    }

    [Fact]
    public void Out_IsTheFirstRouterOfTheNextStep()
    {
        Break("L1 if position == 3");
        _session.Start(Request);
        _client.NextStop();

        Assert.Equal(new Cursor(2, 0, 0, 0), Step(StepKind.Out).Cursor);
    }

    [Fact]
    public void Over_RunsPastHitsInOtherRows_AndShowsThem()
    {
        Break("L0 if position == 2 || position == 4");
        Break("L1 if position == 0");
        _session.Start(Request);
        Assert.Equal(2, _client.NextStop().Row);

        var stop = Step(StepKind.Over);

        Assert.Equal(new Cursor(1, 0, 1, 2), stop.Cursor);
        Assert.Equal([(4, "model.layers.0.mlp.gate"), (0, "model.layers.1.mlp.gate")], stop.Passed.Select(h => (h.Row, h.Breakpoint.Spec.Routers == "L0" ? "model.layers.0.mlp.gate" : "model.layers.1.mlp.gate")));
    }

    [Fact]
    public void EveryHitOfABatch_StopsOnce_InTheOrderOfTheRows()
    {
        Break("L0 if position % 3 == 1");
        _session.Start(Request);

        var rows = new List<int>();
        for (var stop = _client.NextStop(); stop.Cursor.Step == 1; stop = Step(StepKind.Continue)) rows.Add(stop.Row);

        Assert.Equal(Enumerable.Range(0, Request.Sequences[0].Ids.Count).Where(p => p % 3 == 1), rows);
    }

    [Fact]
    public void Pause_StopsAtTheNextRouter_AndRestartBeginsAnew()
    {
        Break("L3 hits 2");
        _session.Start(Request);
        Assert.Equal(2, _client.NextStop().Cursor.Step);

        _session.Restart();
        Assert.Equal(2, _client.NextStop().Cursor.Step);
        _session.Pause();
        var stop = Step(StepKind.Continue);

        Assert.Equal(StopReason.Pause, stop.Reason);
        Assert.Equal(new Cursor(3, 0, 0, 0), stop.Cursor);     // L3 was the last router of step 2
    }

    [Fact]
    public void Pause_RightAfterAStart_Holds()
    {
        _session.Start(Request with { MaxNewTokens = 256 });
        _session.Pause();
        Assert.Equal(StopReason.Pause, _client.NextStop().Reason);

        _session.Restart();
        _session.Pause();
        Assert.Equal(StopReason.Pause, _client.NextStop().Reason);
    }

    [Fact]
    public void ChangeOfOneDecision_ShowsBeforeAndAfter_AndUndoRestoresIt()
    {
        Break("L1 if position == 4");
        _session.Start(Request);
        var batch = _client.NextStop().Batch;
        var own = batch.ExpertsOf(4).ToArray();
        var ownWeights = batch.WeightsOf(4).ToArray();

        var active = _session.Intervene(Parser.ParseSet($"L1: mask {own[0]}"), once: true);

        Assert.DoesNotContain(own[0], batch.ExpertsOf(4).ToArray());
        Assert.Equal(own, batch.Before!.ExpertsOf(4).ToArray());
        Assert.True(batch.IsChanged(4));
        Assert.False(batch.IsChanged(3));

        _session.RemoveIntervention(active.Id);
        Assert.Null(batch.Before);
        Assert.Equal(own, batch.ExpertsOf(4).ToArray());
        Assert.Equal(ownWeights, batch.WeightsOf(4).ToArray());
    }

    [Fact]
    public void ChangeFromHereOn_LeavesEarlierRowsAlone_AndHoldsInLaterSteps()
    {
        Break("L1 if position == 4");
        _session.Start(Request);
        var stop = _client.NextStop();

        _session.Intervene(Parser.ParseSet("L1: k 1"));
        Assert.False(stop.Batch.IsChanged(3));
        Assert.Equal(1, stop.Batch.ExpertsOf(4).ToArray().Count(e => e >= 0));
        Assert.Equal(1, stop.Batch.ExpertsOf(5).ToArray().Count(e => e >= 0));

        _session.Breakpoints.Add(BreakpointSpec.Parse("L1 if step == 2"));
        var later = Step(StepKind.Continue);
        Assert.Equal(1, later.Batch.ExpertsOf(0).ToArray().Count(e => e >= 0));
    }

    [Fact]
    public void RefusedChange_ChangesNothing()
    {
        Break("L1 if position == 4");
        _session.Start(Request);
        var batch = _client.NextStop().Batch;

        var error = Assert.Throws<UserError>(() => _session.Intervene(Parser.ParseSet("L1: weights 0.5"), once: true));

        Assert.Equal("MOE3120", error.Id);
        Assert.Null(batch.Before);
        Assert.Empty(_session.Interventions);
    }

    [Fact]
    public void FilterWithAWindowThatIsNotKept_IsRefused()
    {
        var error = Assert.Throws<UserError>(() => _session.Filters.Enable("router_collapse", new Dictionary<string, double> { ["window"] = 9999 }));

        Assert.Equal("MOE6004", error.Id);
        Assert.Contains("4096", error.Message);                // the steps of loads that this session keeps
    }

    [Fact]
    public void WithoutAStop_CommandsOfAStopAreRefused()
    {
        Assert.Equal("MOE4002", Assert.Throws<UserError>(() => _session.Resume()).Id);
        Assert.Equal("MOE4002", Assert.Throws<UserError>(() => _session.Intervene(Parser.ParseSet("L1: k 1"), once: true)).Id);
    }

    [Fact]
    public void Terminate_EndsAStoppedSession()
    {
        Break("L0");
        _session.Start(Request);
        _client.NextStop();

        _session.Terminate();

        Assert.Null(_client.End());
        Assert.Equal(SessionState.Idle, _session.State);
    }

    [Fact]
    public void FailureOfTheRun_ReachesTheClient()
    {
        _session.Start(new RunRequest { Sequences = [new SequenceInput([])] });

        Assert.Equal("MOE5002", Assert.IsType<UserError>(_client.End()).Id);
    }

    [Fact]
    public void FocusOnAnEarlierRow_ThenInto_StopsAtTheRowAfterIt()
    {
        Break("L0 if position == 6");
        _session.Start(Request);
        _client.NextStop();

        _session.Focus(2);

        Assert.Equal(new Cursor(1, 0, 0, 3), Step(StepKind.Into).Cursor);
        Assert.Equal(new Cursor(1, 0, 0, 4), Step(StepKind.Into).Cursor);
    }

    private void Break(string text) => Assert.True(_session.Breakpoints.Add(BreakpointSpec.Parse(text)).Verified);

    private Stop Step(StepKind kind)
    {
        _session.Resume(kind);
        return _client.NextStop();
    }
}
