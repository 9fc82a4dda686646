using MoeDevtools.Breakpoints;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Capture;
using MoeDevtools.Checkpoints;
using MoeDevtools.Debugging;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.House;
using MoeDevtools.Traces;

namespace MoeDevtools.Tests.Debugging;

/// <summary>DeepSeek-V4, whose first layer looks its experts up by token id: a decision without a ranking, through a whole session and its recording.</summary>
public sealed class HashLayerTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests/fixtures/checkpoints/deepseek_v4");
    private static readonly InterventionParser Parser = new((_, _) => throw new InvalidOperationException());
    private static readonly int[] Ids = [5, 9, 11, 3, 7, 80, 13, 200, 61, 17, 5, 9];

    private readonly ModelSession _model = ModelSession.Open(Folder);
    private readonly WaitingClient _client = new();
    private readonly string _recording = Path.Combine(Directory.CreateTempSubdirectory("moe-hash-").FullName, "a.moetrace");
    private readonly int[] _table;
    private readonly DebugSession _session;

    public HashLayerTests()
    {
        using var file = SafetensorsFile.Open(Path.Combine(Folder, "model.safetensors"));
        _table = file.Get("model.layers.0.ffn.gate.tid2eid").ToInts();
        var info = new TraceInfo { Writer = "tests", Kind = TraceKind.Checkpoint, Created = DateTimeOffset.UnixEpoch };
        _session = new DebugSession(_model, _client, new DebugOptions { Interactive = true, HoldAtEnd = true, Record = () => TraceWriter.Create(_recording, info, _model.Routers, new TraceOptions()) });
    }

    private RunRequest Request => new() { Sequences = [new SequenceInput(Ids)], MaxNewTokens = 4, IgnoreEos = true };

    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
        Directory.Delete(Path.GetDirectoryName(_recording)!, recursive: true);
    }

    [Fact]
    public void Session_ShowsWhatWasLookedUp_AndThatNothingIsRanked()
    {
        Assert.Equal("by token id, sqrt-softplus of each, 3 of 12 from a table, renormalised, times 1.5", _model.Routers[0].Rule.Describe());
        var margin = _session.Breakpoints.Add(BreakpointSpec.Parse("* if selectionMargin < 0.0001"));
        Assert.Equal(
            "binds 3 routers; cannot hold at 1 router: selectionMargin at column 6 is undefined at model.layers.0.ffn.gate: its experts are looked up by token id, and nothing is ranked.",
            FormattableString.Invariant(margin.Message));
        var error = Assert.Throws<ConditionError>(() => _session.Breakpoints.Add(BreakpointSpec.Parse("L0 if entropy > 0 && top1Margin > 0")));
        Assert.Equal(("MOE3010", 22), (error.Id, error.Column));
        _session.Breakpoints.Add(BreakpointSpec.Parse("L0 if position == 7 || step > 2"));
        _session.Start(Request);
        for (var stop = _client.NextStop(); stop.Reason != StopReason.End; stop = Next())
        {
            var (batch, row) = (stop.Batch, stop.Row);
            Assert.Equal(Looked(batch.Pass.Rows.TokenId[row]).Order(), batch.ExpertsOf(row).ToArray().Order());
            Assert.Equal(1.5, batch.WeightsOf(row).ToArray().Sum(), 1e-5);
            Assert.True(batch.SelectionScores.IsEmpty);
            Assert.Equal(BatchProblems.None, _session.Problems);
            var decision = DecisionView.OfPresent(_session, stop, row, CancellationToken.None);
            Assert.Equal((null, null, null), (decision.Margin, decision.RunnerUp, decision.SelectionScores));
            Assert.Equal(12, decision.Scores!.Length);
            Assert.Equal("undefined: its experts are looked up by token id, and nothing is ranked", Expressions.Evaluate("selectionMargin", batch, row).Render());
        }
    }

    [Fact]
    public void Changes_AreMadeOfWhatWasLookedUp_LiveAndFromTheRecording()
    {
        _session.Breakpoints.Add(BreakpointSpec.Parse("L0 if position == 7"));
        _session.Start(Request);
        var batch = _client.NextStop().Batch;
        var (own, weights) = (batch.ExpertsOf(7).ToArray(), batch.WeightsOf(7).ToArray());

        var masked = _session.Intervene(Parser.ParseSet($"L0: mask {own[0]}"), once: true);
        Assert.Equal([own[1], own[2], -1], batch.ExpertsOf(7).ToArray());
        Assert.Equal(1.5, batch.WeightsOf(7).ToArray().Sum(), 1e-5);
        Assert.Equal(weights[1] / weights[2], batch.WeightsOf(7)[0] / batch.WeightsOf(7)[1], 1e-4);
        _session.RemoveIntervention(masked.Id);
        Assert.Equal(own, batch.ExpertsOf(7).ToArray());

        var other = Enumerable.Range(0, 12).First(e => !own.Contains(e));
        _session.Intervene(Parser.ParseSet($"L0: force {other},{own[2]}"), once: true);
        Assert.Equal(new[] { other, own[2] }.Order(), batch.ExpertsOf(7).ToArray().Where(e => e >= 0).Order());
        Assert.Equal(1.5, batch.WeightsOf(7).ToArray().Sum(), 1e-5);
        Assert.Equal("MOE3130", Assert.Throws<UserError>(() => _session.Intervene(Parser.ParseSet("L0: k 4"))).Id);
        Assert.Equal("MOE3131", Assert.Throws<UserError>(() => _session.Intervene(Parser.ParseSet("*: selection_bias 1=2"))).Id);
        var (forced, forcedWeights) = (batch.ExpertsOf(7).ToArray(), batch.WeightsOf(7).ToArray());
        _session.Resume();
        Assert.Equal(StopReason.End, _client.NextStop().Reason);
        _session.Dispose();

        using var reader = TraceReader.Open(_recording);
        Assert.Equal(_model.Routers[0].Rule, reader.Routers[0].Rule);
        Assert.Equal(RoutingColumns.All & ~RoutingColumns.SelectionScores, reader.RecordedColumns(0));
        var (pass, recorded) = (new RoutingPass(), new RoutingBatch());
        Assert.True(reader.Read(new BatchKey(1, 0, 0, 0), pass, recorded));
        Assert.Equal(forced, recorded.ExpertsOf(7).ToArray());
        Assert.Equal(forcedWeights, recorded.WeightsOf(7).ToArray());
        Assert.Equal(own, recorded.Before!.ExpertsOf(7).ToArray());
        // The model is not needed for another change.
        recorded.Restore();
        new Rerouter().Apply(recorded, 7, Parser.ParseChanges($"mask {own[0]}"));
        Assert.Equal([own[1], own[2], -1], recorded.ExpertsOf(7).ToArray());
        Assert.Equal(weights[1] / weights[2], recorded.WeightsOf(7)[0] / recorded.WeightsOf(7)[1], 1e-4);

        using var replay = ReplaySession.Open(_recording);
        var client = new WaitingClient();
        using var again = new DebugSession(replay, client, new DebugOptions { Interactive = true, HoldAtEnd = true });
        again.Breakpoints.Add(BreakpointSpec.Parse("L0 if position == 7"));
        again.Start(new RunRequest { Sequences = [] });
        Assert.Equal(forced, client.NextStop().Batch.ExpertsOf(7).ToArray());
    }

    [Fact]
    public void TokenIdPastTheTable_IsRefused()
    {
        var past = Request with { Sequences = [new SequenceInput([5, _table.Length / 3])] };
        Assert.Equal("MOE5004", Assert.Throws<UserError>(() => _model.Run(past, null, null, CancellationToken.None)).Id);
    }

    private int[] Looked(int id) => _table[(3 * id)..(3 * id + 3)];

    private Stop Next()
    {
        _session.Resume();
        return _client.NextStop();
    }
}
