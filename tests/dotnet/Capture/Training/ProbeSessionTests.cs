using System.Text.Json.Nodes;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Training;
using MoeDevtools.Debugging;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.Debugging;
using MoeDevtools.Tests.Traces.Formats;
using MoeDevtools.Traces;

namespace MoeDevtools.Tests.Capture.Training;

/// <summary>Sessions over probes that a test speaks for, on a real socket.</summary>
public sealed class ProbeSessionTests : IAsyncDisposable
{
    private static readonly int[][] Two = [[1, 2], [3, 4]];

    private readonly List<string> _log = [];
    private readonly List<ScriptedProbe> _probes = [];
    private readonly WaitingClient _client = new();
    private ProbeSession? _source;
    private DebugSession? _session;

    public async ValueTask DisposeAsync()
    {
        foreach (var probe in _probes) await probe.DisposeAsync();
        _session?.Dispose();
        _source?.Dispose();
    }

    [Fact]
    public async Task ABreakpoint_HoldsTheProgram_FromItsFirstPassOn()
    {
        var probe = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L1 if row == 1")), ScriptedProbe.Router(0), ScriptedProbe.Router(1));
        Assert.Equal("[1]", probe.Arm.GetProperty("armed").ToString());
        Assert.Equal("none", NotHeld(probe));

        probe.Rows(1, 2, tokens: [5, 6]);
        probe.Batch(1, 0, Two);
        var held = probe.Batch(1, 1, Two, held: true);
        var stop = _client.NextStop();
        Assert.Equal((new Cursor(1, 0, 1, 1), "layers.1.gate"), (stop.Cursor, stop.Router.Name));
        Assert.Equal([3, 4], stop.Batch.ExpertsOf(1).ToArray());
        Assert.Equal((6, 1, 0), (stop.Batch.Pass.Rows.TokenId[1], stop.Batch.Pass.Rows.Position[1], stop.Batch.Pass.Rows.Sequence[1]));
        Assert.Equal(Phase.Train, stop.Batch.Pass.Phase);

        // Scores are derived where the program does not compute them, and say so.
        Assert.True(stop.Batch.Has(RoutingColumns.RouterScores));
        Assert.Equal(RoutingColumns.RouterLogits | RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights, stop.Batch.Observed);
        Assert.Equal(1, stop.Batch.ScoresOf(1).ToArray().Sum(), 1e-6);

        _session!.Resume();
        Assert.Null(await probe.VerdictAsync(held));
        await EndAsync(probe);
    }

    [Fact]
    public async Task AStep_ArmsEveryRouter_BeforeTheProgramGoesOn()
    {
        var probe = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0 once")), ScriptedProbe.Router(0), ScriptedProbe.Router(1));
        probe.Rows(1, 2);
        var first = probe.Batch(1, 0, Two, held: true);
        _client.NextStop();
        _session!.Resume(StepKind.Over);
        await probe.VerdictAsync(first);
        Assert.True(probe.Arm.GetProperty("all").GetBoolean());

        var second = probe.Batch(1, 1, Two, held: true);
        Assert.Equal(new Cursor(1, 0, 1, 0), _client.NextStop().Cursor);
        _session.Resume();
        await probe.VerdictAsync(second);
        Assert.Equal("[]", probe.Arm.GetProperty("armed").ToString());
        await EndAsync(probe);
    }

    [Fact]
    public async Task AChange_ReachesTheProgram_AndOnlyWhereItWaits()
    {
        var probe = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0")), ScriptedProbe.Router(0));
        probe.Rows(1, 2);
        var held = probe.Batch(1, 0, Two, held: true);
        _client.NextStop();
        _session!.Intervene(Changes("L0: mask 2"));
        _session.Resume();
        var verdict = (await probe.VerdictAsync(held))!;
        Assert.DoesNotContain(2, verdict.Ints("selected_experts", 2, 2).ToArray());
        Assert.Equal([3, 4], verdict.Ints("selected_experts", 2, 2)[2..].ToArray().Order());
        Assert.Equal([1f, 1f], verdict.Floats("routing_weights", 2, 2).ToArray().Chunk(2).Select(w => w.Sum()), (a, b) => Math.Abs(a - b) < 1e-6);
        await EndAsync(probe);
    }

    [Fact]
    public async Task APlaceThatTakesNoChange_SaysWhy()
    {
        var router = ScriptedProbe.Router(0);
        (router["changes"], router["noChanges"]) = ("none", "its block is compiled");
        var probe = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0")), router);
        probe.Rows(1, 2);
        var held = probe.Batch(1, 0, Two, held: true);
        _client.NextStop();
        var error = Assert.Throws<UserError>(() => _session!.Intervene(Changes("L0: mask 2")));
        Assert.Contains("its block is compiled", FormattableString.Invariant(error.Facts), StringComparison.Ordinal);
        _session!.Resume();
        Assert.Null(await probe.VerdictAsync(held));
        await EndAsync(probe);
    }

    [Fact]
    public async Task AFilterOverAWindow_HoldsTheStep_AndItsDecisionCannotBeChanged()
    {
        var probe = await StartAsync(session => session.Filters.Enable("router_collapse", null), ScriptedProbe.Router(0));
        Assert.Equal("step", NotHeld(probe));
        Assert.Equal("[]", probe.Arm.GetProperty("armed").ToString());

        probe.Rows(1, 40);
        probe.Batch(1, 0, [.. Enumerable.Repeat(Two[0], 40)]);
        var step = probe.Step(1, held: true);
        var stop = _client.NextStop();
        Assert.Equal("router_collapse", Assert.Single(stop.Anomalies).Id);
        Assert.False(stop.Batch.IsHeld);
        Assert.Equal("MOE4014", Assert.Throws<UserError>(() => _session!.Intervene(Changes("L0: mask 2"), once: true)).Id);
        _session!.Intervene(Changes("L0: mask 2"));     // from the next decision on
        _session.Resume();
        Assert.Null(await probe.VerdictAsync(step));
        Assert.Equal("[0]", probe.Arm.GetProperty("armed").ToString());

        probe.Rows(2, 2);
        Assert.DoesNotContain(2, (await probe.VerdictAsync(probe.Batch(2, 0, Two, held: true)))!.Ints("selected_experts", 2, 2).ToArray());
        await EndAsync(probe);
    }

    [Fact]
    public async Task AFrozenRouter_IsFoundInWhatTheProgramSaysOfItsSteps()
    {
        var probe = await StartAsync(session => session.Filters.SetFilter("frozen_router:window=3"), ScriptedProbe.Router(0));
        for (var step = 1; ; step++)
        {
            probe.Rows(step, 2);
            probe.Batch(step, 0, Two);
            var id = probe.Step(step, held: true, checksum: "same");
            if (step == 4)
            {
                var stop = _client.NextStop();
                Assert.Equal(("frozen_router", 4), (Assert.Single(stop.Anomalies).Id, stop.Cursor.Step));
                _session!.Resume();
                await probe.VerdictAsync(id);
                break;
            }
            await probe.VerdictAsync(id);
        }
        await EndAsync(probe);
    }

    [Fact]
    public async Task Pause_StopsAtTheNextRouterThatWaits()
    {
        var probe = await StartAsync(_ => { }, ScriptedProbe.Router(0));
        probe.Rows(1, 2);
        probe.Batch(1, 0, Two);
        _session!.Pause();
        while (probe.Arm.GetProperty("armed").GetArrayLength() == 0)
        {
            // The daemon says by itself that it wants the program to wait, whether or not something comes.
            var id = probe.Step(1, held: true);
            await probe.VerdictAsync(id);
        }
        probe.Rows(2, 2);
        probe.Batch(2, 0, Two);      // on its way before the arming came: it does not wait
        var held = probe.Batch(3, 0, Two, held: true);
        var stop = _client.NextStop();
        Assert.Equal((StopReason.Pause, 3), (stop.Reason, stop.Cursor.Step));
        _session.Resume();
        await probe.VerdictAsync(held);
        await EndAsync(probe);
    }

    [Fact]
    public async Task TwoRanks_GetTheirVerdictsTogether()
    {
        var opening = Open();
        var (zero, one) = (await ProbeAsync(1, 2), await ProbeAsync(0, 2));      // they come in any order
        (zero, one) = (one, zero);
        var described = Task.WhenAll(zero.RoutersAsync(ScriptedProbe.Router(0)), one.RoutersAsync(ScriptedProbe.Router(0)));
        Begin(await opening, session => session.Breakpoints.Add(BreakpointSpec.Parse("L0 if row == 0")));
        await described;

        zero.Rows(1, 2);
        var first = zero.Batch(1, 0, Two, held: true);
        one.Rows(1, 2);
        var second = one.Batch(1, 0, [[5, 6], [7, 0]], held: true);
        Assert.Equal((0, 1), (_client.NextStop() is { } a ? a.Batch.Pass.Rank : -1, 1));
        _session!.Resume();
        var stop = _client.NextStop();
        Assert.Equal((1, 5), (stop.Batch.Pass.Rank, stop.Batch.ExpertsOf(0)[0]));
        _session.Resume();
        await zero.VerdictAsync(first);
        await one.VerdictAsync(second);
        Assert.Equal([0, 1, 1, 1, 1, 1, 1, 0], _session.Totals[0].Counts.ToArray()[..8].Select((c, e) => e is 0 or 7 ? 0L : c));
        await zero.DisposeAsync();
        await EndAsync(one);
    }

    [Fact]
    public async Task ALateRank_IsNamedWithItsStack_AndNobodyWaitsForEver()
    {
        var opening = Open();
        var (zero, one) = (await ProbeAsync(0, 2), await ProbeAsync(1, 2));
        var described = Task.WhenAll(zero.RoutersAsync(ScriptedProbe.Router(0)), one.RoutersAsync(ScriptedProbe.Router(0)));
        Begin(await opening, session => session.Breakpoints.Add(BreakpointSpec.Parse("L0 if row == 5")));
        await described;

        zero.Rows(1, 2);
        var held = zero.Batch(1, 0, Two, held: true);
        await one.AnswerAsync("stack", JsonNode.Parse("""{"threads":[{"name":"MainThread","frames":[{"path":"/projects/data.py","line":12,"function":"load"}]}]}""")!);
        await zero.VerdictAsync(held);
        Assert.Equal("rank 1 is late, and the others wait at a router: it is in /projects/data.py:12 load.", Assert.Single(_client.Notices));
        await one.DisposeAsync();
        await EndAsync(zero);
    }

    [Fact]
    public async Task ATraining_IsRecorded_WithItsStepsRowsAndChecksums()
    {
        using var file = new TemporaryFile("training.moetrace");
        var probe = await StartAsync(_ => { }, file.Path, ScriptedProbe.Router(0));
        for (var step = 1; step <= 3; step++)
        {
            probe.Rows(step, 2, tokens: [step, 6], padding: [0, 1]);
            probe.Batch(step, 0, Two);
            probe.Step(step, checksum: $"c{step}");
        }
        await EndAsync(probe);
        _session!.Dispose();

        using var reader = TraceReader.Open(file.Path);
        Assert.Equal((TraceKind.Training, "scripted training"), (reader.Info.Kind, reader.Info.Source));
        Assert.Equal(["c1", "c2", "c3"], reader.Checksums().Select(c => c.Value));
        var (pass, batch) = (new RoutingPass(), new RoutingBatch());
        Assert.True(reader.Read(reader.First()!.Value, pass, batch, RoutingColumns.All));
        Assert.Equal((1, 2, Phase.Train), (pass.Step, pass.Rows.Count, pass.Phase));
        Assert.Equal([1, 6], pass.Rows.TokenId[..2]);
        Assert.Equal([false, true], pass.Rows.Padding[..2]);
        Assert.Equal([1, 2, 3, 4], batch.SelectedExperts.ToArray());
    }

    [Fact]
    public async Task RoutersThatComeLater_AreTakenIn_ByAllThatLooksAtRouters()
    {
        using var file = new TemporaryFile("training.moetrace");
        Breakpoint? line = null, name = null;
        var probe = await StartAsync(
            session =>
            {
                line = session.Breakpoints.Add(new BreakpointSpec { Routers = "layers.0.gate", Place = (Path.GetFullPath("/projects/train.py"), 7), Condition = "selected(6)" });
                name = session.Breakpoints.Add(BreakpointSpec.Parse("layers.1.gate if step == 9"));
                session.Intervene(Changes("*: mask 3"));
                foreach (var known in AnomalyMonitor.Known) session.Filters.Enable(known.Id, null);
                session.Filters.Disable("undecided_router");
            },
            file.Path, ScriptedProbe.Router(0), ScriptedProbe.Router(2));
        Assert.Equal((true, false), (line!.Verified, name!.Verified));
        probe.Rows(1, 2);
        await probe.VerdictAsync(probe.Batch(1, 0, Two, held: true));
        Assert.Equal(2, LoadsView.Of(_session!.Recorded!, new StepRange(null, null), null, CancellationToken.None).Routers.Count);
        using var earlier = TraceReader.Open(file.Path);

        await probe.RoutersAsync(ScriptedProbe.Router(0), ScriptedProbe.Router(2), ScriptedProbe.Router(1, experts: 16));
        Assert.Equal(("[0,1,2]", true), (probe.Arm.GetProperty("armed").ToString(), name.Verified));
        Assert.Equal(["layers.0.gate", "layers.2.gate", "layers.1.gate"], _session.Routers.Select(r => r.Name));
        Assert.Equal("binds 3 routers", FormattableString.Invariant(line.Message));
        var held = probe.Batch(1, 2, [[3, 4], [6, 7]], held: true, n: 16);
        var stop = _client.NextStop();
        Assert.Equal((new Cursor(1, 0, 2, 1), "layers.1.gate"), (stop.Cursor, stop.Router.Name));
        _session.Back();
        Assert.Equal("layers.0.gate", _client.NextStop().Router.Name);
        Assert.Equal(3, LoadsView.Of(_session.Recorded!, new StepRange(null, null), null, CancellationToken.None).Routers.Count);
        _session.GoTo(stop.Cursor);
        _client.NextStop();
        _session.Resume();
        Assert.DoesNotContain(3, (await probe.VerdictAsync(held))!.Ints("selected_experts", 2, 2).ToArray());
        probe.Step(1, checksum: "c");
        await EndAsync(probe);
        Assert.Equal([2, 0, 2], _session.Totals.Select(totals => totals.Tokens));
        _session.Recorded!.Look((_, _) => 0, CancellationToken.None);      // it is written
        Assert.Equal((2, 0), (earlier.Routers.Count, earlier.Last()!.Value.Router));
        var loads = new List<int>();
        earlier.Loads(1, 1, (_, router, _, _, _) => loads.Add(router), CancellationToken.None);
        Assert.Equal([0], loads);
        earlier.Dispose();
        _session.Dispose();

        using var reader = TraceReader.Open(file.Path);
        Assert.Equal([8, 8, 16], reader.Routers.Select(r => r.Experts));
        Assert.Equal([0, 2], new[] { reader.First()!.Value.Router, reader.Last()!.Value.Router });
        Assert.Equal(2, Assert.Single(reader.Loads(2, 1, 1)).Tokens);
    }

    [Fact]
    public async Task AProgramThatIsStartedAgain_MayFindItsRoutersInAnotherOrder()
    {
        var probe = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L1")), ScriptedProbe.Router(0));
        await probe.RoutersAsync(ScriptedProbe.Router(0), ScriptedProbe.Router(1));
        _session!.Restart();
        Assert.True(await probe.DetachedAsync());

        var again = await ProbeAsync(0, 1);
        await again.RoutersAsync(ScriptedProbe.Router(1));
        await again.RoutersAsync(ScriptedProbe.Router(1), ScriptedProbe.Router(2), ScriptedProbe.Router(0));
        again.Rows(1, 2);
        again.Batch(1, 0, Two, held: true);
        var router = _client.NextStop().Router;
        Assert.Equal((1, "layers.1.gate"), (router.Index, router.Name));
        Assert.Equal(["layers.0.gate", "layers.1.gate", "layers.2.gate"], _session.Routers.Select(r => r.Name));
        _session.Restart();
        Assert.True(await again.DetachedAsync());

        var other = await ProbeAsync(0, 1);
        _ = other.RoutersAsync(ScriptedProbe.Router(7)).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Equal("MOE5123", Assert.IsType<UserError>(_client.End()).Id);
    }

    [Fact]
    public async Task UnknownRows_AreUnknown()
    {
        var probe = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0")), ScriptedProbe.Router(0));
        probe.Rows(1, 5, tokens: [1, 2, 3, 4, 5]);
        var held = probe.Batch(1, 0, Two, held: true);      // two of the five, nobody knows which
        var rows = _client.NextStop().Batch.Pass.Rows;
        Assert.Equal((2, -1, -1, -1), (rows.Count, rows.TokenId[0], rows.Position[1], rows.Sequence[1]));
        _session!.Resume();
        await probe.VerdictAsync(held);
        await EndAsync(probe);
    }

    [Fact]
    public async Task WhatIsWrong_IsLoggedAndPassedBy_AndNobodyIsLeftWaiting()
    {
        var probe = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0 if row == 9")), ScriptedProbe.Router(0));
        probe.Rows(1, 2);
        await probe.VerdictAsync(probe.Batch(1, 7, Two, held: true));             // no such router
        await probe.VerdictAsync(probe.Batch(1, 0, Two, held: true, n: 9));       // not its number of experts
        probe.Notify("dance", []);
        await probe.VerdictAsync(probe.Batch(1, 0, Two, held: true));
        await EndAsync(probe);
        Assert.Equal(3, _log.Count);
        Assert.Contains("there is no router 7", _log[0], StringComparison.Ordinal);
        Assert.Contains("router_logits is f32 [2, 9] and not f32 [2, 8]", _log[1], StringComparison.Ordinal);
        Assert.Contains("dance", _log[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherProtocol_AndNoise_AreRefused_AndTheProgramIsStillWaitedFor()
    {
        var opening = Open();
        var newer = new ScriptedProbe(await _address.Task);
        _probes.Add(newer);
        var answer = await newer.HelloAsync(protocol: 2);
        Assert.Equal(-32001, answer.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains("update moe-devtools", answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        var noise = new ScriptedProbe(await _address.Task);
        _probes.Add(noise);
        noise.SendRaw("GET / HTTP/1.1\r\n\r\n");

        var probe = await ProbeAsync(0, 1);
        var described = probe.RoutersAsync(ScriptedProbe.Router(0));
        Begin(await opening, _ => { });
        await described;
        await EndAsync(probe);
    }

    [Fact]
    public async Task Terminate_LetsGoOfTheProgram()
    {
        var probe = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0")), ScriptedProbe.Router(0));
        probe.Rows(1, 2);
        probe.Batch(1, 0, Two, held: true);
        _client.NextStop();
        _session!.Terminate();
        Assert.True(await probe.DetachedAsync());
        Assert.Null(_client.End());
    }

    [Fact]
    public async Task Ranks_WithDifferentModels_AreRefused()
    {
        var opening = Open();
        var (zero, one) = (await ProbeAsync(0, 2), await ProbeAsync(1, 2));
        _ = zero.RoutersAsync(ScriptedProbe.Router(0)).ContinueWith(_ => { }, TaskScheduler.Default);
        _ = one.RoutersAsync(ScriptedProbe.Router(0, experts: 16)).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Equal("MOE5122", (await Assert.ThrowsAsync<UserError>(() => opening)).Id);
    }

    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static InterventionSet Changes(string text) => new InterventionParser((_, _) => throw new InvalidOperationException()).ParseSet(text);

    private static string NotHeld(ScriptedProbe probe) => probe.Arm.GetProperty("armed").GetArrayLength() == 0 ? probe.Arm.GetProperty("hold").GetString()! : "none";

    private Task<ProbeSession> Open() => Task.Run(() => ProbeSession.Open(new ProbeOptions
    {
        Name = "scripted training",
        Start = environment =>
        {
            _address.TrySetResult(environment.First().Value);       // a restart has the same
            return null;
        },
        Log = line =>
        {
            lock (_log) _log.Add(line);
        },
    }));

    private async Task<ScriptedProbe> ProbeAsync(int rank, int worldSize)
    {
        var probe = new ScriptedProbe(await _address.Task);
        _probes.Add(probe);
        Assert.Equal(1, (await probe.HelloAsync(rank, worldSize)).GetProperty("result").GetProperty("protocol").GetInt32());
        return probe;
    }

    private Task<ScriptedProbe> StartAsync(Action<DebugSession> prepare, params JsonObject[] routers) => StartAsync(prepare, null, routers);

    private async Task<ScriptedProbe> StartAsync(Action<DebugSession> prepare, string? record, params JsonObject[] routers)
    {
        var opening = Open();
        var probe = await ProbeAsync(0, 1);
        var described = probe.RoutersAsync(routers);
        Begin(await opening, prepare, record);
        await described;
        return probe;
    }

    private void Begin(ProbeSession source, Action<DebugSession> prepare, string? record = null)
    {
        _source = source;
        var recording = record is null ? null : MoeDevtools.Debugging.Recording.Into(record, new TraceOptions());
        var request = new RunRequest { Sequences = [] };
        _session = new DebugSession(source, _client, new DebugOptions { Columns = RoutingColumns.All, Record = recording is null ? null : () => recording.Start(source, request) });
        prepare(_session);
        _session.Start(request);
    }

    private async Task EndAsync(ScriptedProbe probe)
    {
        probe.Notify("bye", new JsonObject { ["reason"] = "exit" });
        await probe.DisposeAsync();
        Assert.Null(_client.End());
    }
}
