using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Models.Sampling;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.Checkpoints;
using MoeDevtools.Tests.House;
using MoeDevtools.Traces;

namespace MoeDevtools.Tests.Debugging;

public sealed class TimeTravelTests : IDisposable
{
    private static readonly string Sample = Path.Combine(Repository.Root, "samples/olmoe-tiny");
    private static readonly InterventionParser Parser = new((_, _) => throw new InvalidOperationException());
    private readonly ModelSession _model = ModelSession.Open(Sample);
    private readonly WaitingClient _client = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-time-").FullName;
    private DebugSession _session;

    public TimeTravelTests() => _session = Session(_model, _client, "live");

    private RunRequest Request => new() { Sequences = [_model.FromText("7 * 1 = 7\n7 * 2 =")], MaxNewTokens = 8, IgnoreEos = true };

    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void BackAfterOver_IsTheSameDecisionWithTheSameLoads_OverRandomWalks()
    {
        Break("L1 if step == 6");
        _session.Start(Request);
        _client.NextStop();
        var random = new Random(5);
        for (var walk = 0; walk < 12; walk++)
        {
            _session.GoTo(_session.StepsOf(_session.Routers[0])[random.Next(4)].Step);
            _client.NextStop();
            for (var i = random.Next(6); i > 0; i--) Move((StepKind)random.Next((int)StepKind.Over, (int)StepKind.Out + 1));
            var trail = new Stack<string>();
            for (var i = random.Next(1, 7); i > 0; i--)
            {
                if (_session.Stopped!.Cursor.Step >= 5) break;
                trail.Push(Picture());
                Move(StepKind.Over);
            }
            while (trail.TryPop(out var before))
            {
                _session.Back();
                _client.NextStop();
                Assert.Equal(before, Picture());
            }
        }
    }

    [Fact]
    public void ThePast_IsWhatTheLiveSessionSaw()
    {
        Break("*");
        var live = new List<string>();
        _session.Start(Request);
        for (var i = 0; i < 20; i++)
        {
            _client.NextStop();
            live.Add(Picture());
            if (i < 19) _session.Resume();
        }

        for (var i = 18; i >= 0; i--)
        {
            _session.ReverseContinue();
            Assert.True(_client.NextStop().IsPast);
            Assert.Equal(live[i], Picture());
        }
    }

    [Theory]
    [InlineData("* if entropy < 0.4")]
    [InlineData("L2 if entropy < 0.5 hits %3")]
    [InlineData("L1 crosses entropy > 0.6")]
    [InlineData("* if load(2, 3) > 1.2")]
    [InlineData("L0 if any(selected(3)) hits >2")]
    [InlineData("* expert 5 if position % 2 == 0")]
    public void ReverseContinue_FromTheEnd_VisitsTheSameStopsReversed(string breakpoint)
    {
        Break(breakpoint);
        var stops = new List<(Cursor Cursor, string Text)>();
        _session.Start(Request);
        var stop = _client.NextStop();
        for (; stop.Reason != StopReason.End; stop = Move(StepKind.Continue)) stops.Add((stop.Cursor, stop.Hits[0].Text));
        Assert.NotEmpty(stops);

        for (var i = stops.Count - 1; i >= 0; i--)
        {
            _session.ReverseContinue();
            var past = _client.NextStop();
            Assert.Equal(stops[i], (past.Cursor, past.Hits[0].Text));
        }
        Expect.Error("MOE4006", () => _session.ReverseContinue(), "before here");
        for (var i = 1; i < stops.Count; i++) Assert.Equal(stops[i].Cursor, Move(StepKind.Continue).Cursor);
        Assert.Equal(StopReason.End, Move(StepKind.Continue).Reason);
    }

    [Theory]
    [InlineData("* if entropy < 0.4")]
    [InlineData("* if entropy < 0.5 hits %3", "{L1,L2} mode batch if any(entropy < 0.4)")]
    [InlineData("L1 crosses entropy > 0.6", "L3 expert 5")]
    [InlineData("* if load(2, 3) > 1.2", "L0 if any(selected(3)) hits >2")]
    public void AWalkForwardInThePast_StopsAndRunsPastHits_AsItDidLive(params string[] breakpoints)
    {
        foreach (var breakpoint in breakpoints) Break(breakpoint);
        var passed = 0;
        for (var walk = 0; walk < 12; walk++)
        {
            var random = new Random(walk);
            if (walk == 0) _session.Start(Request, stopAtFirst: true);
            else _session.Restart(stopAtFirst: true);
            var first = _client.NextStop().Cursor;
            var moves = new List<(StepKind Kind, string Seen)>();
            while (moves.Count < 25)
            {
                var kind = (StepKind)random.Next((int)StepKind.Continue, (int)StepKind.Out + 1);
                var stop = Move(kind);
                if (stop.Reason == StopReason.End) break;
                moves.Add((kind, Seen(stop)));
                passed += stop.Passed.Count;
            }

            _session.GoTo(first);
            _client.NextStop();
            foreach (var (kind, seen) in moves) Assert.Equal(seen, Seen(Move(kind)));
        }
        Assert.True(passed > 10, $"{passed} hits were run past");

        static string Seen(Stop stop) => FormattableString.Invariant($"{stop.Cursor}: {string.Join(", ", stop.Hits.Select(h => h.Text))}; past {string.Join(", ", stop.Passed.Select(h => $"{h.Breakpoint.Id} row {h.Row} {h.Text}"))}");
    }

    [Fact]
    public void GoingForwardInThePast_CanBeCancelled_AndStandsWhereItStood()
    {
        Break("L2 if step == 6");
        _session.Start(Request);
        _client.NextStop();
        _session.GoTo(2);
        var stood = _client.NextStop();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        foreach (var kind in (StepKind[])[StepKind.Continue, StepKind.Out]) Assert.ThrowsAny<OperationCanceledException>(() => _session.Resume(kind, cancelled.Token));

        Assert.Same(stood, _session.Stopped);
        Assert.Equal(6, Move(StepKind.Continue).Cursor.Step);
    }

    [Fact]
    public void ContinueFromThePast_StopsOnceAtThePresent_AndThenRunsOn()
    {
        Break("L2 if step == 4");
        _session.Start(Request);
        var present = _client.NextStop();
        _session.GoTo(2);
        Assert.Equal(2, _client.NextStop().Cursor.Step);

        var again = Move(StepKind.Continue);

        Assert.Equal((present.Cursor, false), (again.Cursor, again.IsPast));
        Assert.Same(present.Batch, again.Batch);
        Assert.Equal(StopReason.End, Move(StepKind.Continue).Reason);
    }

    [Fact]
    public void ThePast_CannotBeChanged_AndThePresentCanAfterwards()
    {
        Break("L2 if step == 3");
        _session.Start(Request);
        _client.NextStop();
        _session.Back();
        _client.NextStop();

        Expect.Error("MOE4008", () => _session.Intervene(Parser.ParseSet("L2: mask 1")), "past");

        Move(StepKind.Continue);
        _session.Intervene(Parser.ParseSet("L2: k 1"));
        Assert.Equal(-1, _session.Stopped!.Batch.ExpertsOf(0)[1]);
    }

    [Fact]
    public void AChangedDecision_IsRecordedWithWhatItWas()
    {
        Break("L2 if step == 2");
        _session.Start(Request);
        var stop = _client.NextStop();
        var own = stop.Batch.ExpertsOf(0).ToArray();
        _session.Intervene(new InterventionSet("L2", null, Parser.ParseChanges($"mask {own[0]}")), once: true);
        var changed = stop.Batch.ExpertsOf(0).ToArray();
        Move(StepKind.Over);

        _session.Back();

        var past = _client.NextStop();
        Assert.Equal(changed, past.Batch.ExpertsOf(0).ToArray());
        Assert.Equal(own, past.Batch.Before!.ExpertsOf(0).ToArray());
    }

    [Fact]
    public void Back_AtTheFirstDecision_SaysSo_AndAStepThatIsNotRecordedTheSame()
    {
        _session.Start(Request, stopAtFirst: true);
        _client.NextStop();

        Expect.Error("MOE4010", () => _session.Back(), "model.layers.0.mlp.gate");
        Expect.Error("MOE4007", () => _session.GoTo(7), "7");
    }

    [Fact]
    public void WithoutARecording_ThereIsNoWayBack()
    {
        using var session = new DebugSession(_model, _client, new DebugOptions { Interactive = true });
        session.Start(Request, stopAtFirst: true);
        _client.NextStop();

        Assert.False(session.CanGoBack);
        Expect.Error("MOE4009", session.Back, "recorded");
    }

    [Fact]
    public void AReplay_StopsWhereTheRunDid_WithTheSameDecisions()
    {
        const string place = "* if entropy < 0.4";
        Break(place);
        var live = new List<string>();
        _session.Start(Request);
        for (var stop = _client.NextStop(); stop.Reason != StopReason.End; stop = Move(StepKind.Continue)) live.Add(Picture());
        Finish();

        using var replay = ReplaySession.Open(Path.Combine(_folder, "live.moetrace"));
        var client = new WaitingClient();
        using var session = new DebugSession(replay, client, new DebugOptions { Interactive = true, HoldAtEnd = true });
        session.Breakpoints.Add(BreakpointSpec.Parse(place));
        session.Start(new RunRequest { Sequences = [] });
        var seen = new List<string>();
        for (var stop = client.NextStop(); stop.Reason != StopReason.End; stop = client.NextStop())
        {
            Assert.True(stop.IsPast);
            seen.Add(Picture(session));
            session.Resume();
        }

        Assert.Equal(live, seen);
        Assert.Equal(_client.Tokens.Select(t => (t.Step, t.Id, t.Text)), client.Tokens.Select(t => (t.Step, t.Id, t.Text)));
        session.ReverseContinue();
        client.NextStop();
        Assert.Equal(live[^1], Picture(session));
        Expect.Error("MOE4011", () => session.BranchFromHere(), "--force-routing");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ForcedRouting_MakesTheModelDoWhatAChangedRunDid(bool recordedWeights)
    {
        _session.Intervene(Parser.ParseSet("L1: mask 3"));
        _session.Intervene(Parser.ParseSet("L2: k 2"));
        _session.Start(Request);
        _client.NextStop();
        Finish();

        var client = new WaitingClient();
        using var forced = Recorded("live", _model, recordedWeights);
        using var session = Forced(_model, client, forced);
        session.Start(Request);
        Assert.Null(client.End());

        Assert.Equal(_client.Tokens.Select(t => (t.Id, t.LogProbability)), client.Tokens.Select(t => (t.Id, t.LogProbability)));
        Assert.Equal(0, forced.Missing);
        Assert.Equal((Request.Sequences[0].Ids.Count + 7) * 4, forced.Rows);
        Assert.InRange(forced.Mismatches, 1, forced.Rows);
    }

    [Fact]
    public void ForcedRouting_OfTheModelItself_HasNoMismatch_AndTheFilterIsSilent()
    {
        _session.Start(Request);
        _client.NextStop();
        Finish();

        var client = new WaitingClient();
        using var forced = Recorded("live", _model, recordedWeights: true);
        using var session = Forced(_model, client, forced);
        session.Filters.Enable("replay_mismatch", null);
        session.Start(Request);

        Assert.Null(client.NextStopOrEnd());
        Assert.Equal((0, 0), (forced.Mismatches, forced.Missing));
    }

    [Fact]
    public void ForcedRouting_StopsAtAMismatch_WhenAsked()
    {
        _session.Intervene(Parser.ParseSet("L1: mask 3"));
        _session.Start(Request);
        _client.NextStop();
        Finish();

        var client = new WaitingClient();
        using var forced = Recorded("live", _model, recordedWeights: true);
        using var session = Forced(_model, client, forced);
        session.Filters.Enable("replay_mismatch", null);
        session.Start(Request);

        var stop = client.NextStop();
        Assert.Equal("replay_mismatch", stop.Anomalies[0].Id);
        Assert.Equal("model.layers.1.mlp.gate", stop.Router.Name);
        Assert.Contains(3, stop.Batch.Before!.ExpertsOf(stop.Row).ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void ABranch_EqualsTheOriginal_UntilItsFirstChange(long step)
    {
        var request = Request with { Sampling = SamplingParameters.Greedy with { Temperature = 1 }, Seed = 11 };
        Break("L3 if step == 7");
        _session.Intervene(Parser.ParseSet("L0 at 3-30: mask 2"));
        _session.Start(request);
        _client.NextStop();
        _session.GoTo(step);
        var there = _client.NextStop();
        var picture = Picture();
        var branch = _session.BranchFromHere();
        Move(StepKind.Continue);
        Move(StepKind.Continue);
        Finish();

        using var model = ModelSession.Open(Sample);
        var client = new WaitingClient();
        using var session = Session(model, client, "branch");
        session.Start(branch);
        var stop = client.NextStop();
        Assert.Equal((there.Cursor, false), (stop.Cursor, stop.IsPast));
        Assert.Equal(picture.Split("loads")[0], Picture(session).Split("loads")[0]);
        session.Resume();
        Assert.Equal(StopReason.End, client.NextStop().Reason);

        Assert.Equal(_client.Tokens.Where(t => t.Step >= step).Select(t => (t.Step, t.Position, t.Id, t.LogProbability)), client.Tokens.Select(t => (t.Step, t.Position, t.Id, t.LogProbability)));
    }

    [Fact]
    public void ABranch_CanBeChanged_AndBranchedAgain()
    {
        Break("L3 if step == 7");
        _session.Start(Request);
        _client.NextStop();
        _session.GoTo(3);
        _client.NextStop();
        using var model = ModelSession.Open(Sample);
        var client = new WaitingClient();
        using var session = Session(model, client, "branch");
        session.Start(_session.BranchFromHere());
        client.NextStop();
        session.Intervene(Parser.ParseSet("*: k 1"));
        session.Breakpoints.Add(BreakpointSpec.Parse("L0 if step == 5"));
        session.Resume();
        Assert.Equal(5, client.NextStop().Cursor.Step);

        using var second = ModelSession.Open(Sample);
        var twice = new WaitingClient();
        using var again = Session(second, twice, "again");
        again.Start(session.BranchFromHere());
        Assert.Equal(5, twice.NextStop().Cursor.Step);
        Assert.Equal(["*: k 1"], again.Interventions.Select(i => i.Changes.ToString()));
        again.Resume();
        twice.NextStop();
        session.Resume();
        client.NextStop();

        Assert.Equal(client.Tokens.Where(t => t.Step >= 5).Select(t => (t.Id, t.LogProbability)), twice.Tokens.Select(t => (t.Id, t.LogProbability)));
        Assert.NotEqual(_client.Tokens.Select(t => t.LogProbability).Skip(2).Take(4), client.Tokens.Select(t => t.LogProbability).Take(4));
    }

    [Fact]
    public void ABoundedRecording_SaysWhereItBegins()
    {
        using var session = Session(_model, _client, "bounded", new TraceOptions { MaxBytes = 400_000 });
        session.Start(Request with { MaxNewTokens = 400 });
        Assert.Equal(StopReason.End, _client.NextStop().Reason);

        var first = session.StepsOf(session.Routers[0])[0].Step;
        Assert.InRange(first, 2, 400);
        session.GoTo(first);
        _client.NextStop();
        Expect.Error("MOE4010", session.Back, $"step {first}");
        Expect.Error("MOE4007", () => session.GoTo(1), $"begin with {first}");
    }

    public static TheoryData<string> Families => new(Directory.GetDirectories(Path.Combine(Repository.Root, "tests/fixtures/checkpoints")).Where(f => File.Exists(Path.Combine(f, "config.json"))).Select(f => Path.GetFileName(f)!).Order());

    [Theory, MemberData(nameof(Families))]
    public void EveryFamily_IsReplayedForcedAndBranched(string family)
    {
        using var model = ModelSession.Open(Path.Combine(Repository.Root, "tests/fixtures/checkpoints", family));
        var ids = Enumerable.Range(0, 9).Select(i => (i * 7 + 3) % model.Model.VocabularySize);
        var request = new RunRequest
        {
            Sequences = [new SequenceInput([.. ids.Take(5)]), new SequenceInput([.. ids])], MaxNewTokens = 5, IgnoreEos = true,
            Sampling = SamplingParameters.Greedy with { Temperature = 1 }, Seed = 3,
        };
        using (var session = Session(model, _client, "family"))
        {
            session.Start(request);
            Assert.Equal(StopReason.End, _client.NextStop().Reason);
            session.GoTo(8);
            _client.NextStop();
            var branch = session.BranchFromHere();
            session.Dispose();

            using var other = ModelSession.Open(model.Checkpoint.Folder);
            var after = new WaitingClient();
            using var second = Session(other, after, "branch");
            second.Start(branch);
            Assert.Equal(branch.Place.At, after.NextStop().Cursor);
            second.Resume();
            after.NextStop();
            Assert.Equal(_client.Tokens.Where(t => t.Step >= 8).Select(t => (t.Sequence, t.Step, t.Id, t.LogProbability)), after.Tokens.Select(t => (t.Sequence, t.Step, t.Id, t.LogProbability)));
        }

        foreach (var recordedWeights in (bool[])[false, true])
        {
            var client = new WaitingClient();
            using var forced = Recorded("family", model, recordedWeights);
            using var session = Forced(model, client, forced);
            session.Start(request);
            Assert.Null(client.End());
            Assert.Equal((0, 0), (forced.Mismatches, forced.Missing));
            Assert.Equal(_client.Tokens.Select(t => (t.Id, t.LogProbability)), client.Tokens.Select(t => (t.Id, t.LogProbability)));
        }

        using var replay = ReplaySession.Open(Path.Combine(_folder, "family.moetrace"));
        var seen = new WaitingClient();
        using var replayed = new DebugSession(replay, seen, new DebugOptions { Interactive = true });
        replayed.Start(new RunRequest { Sequences = [] });
        Assert.Null(seen.End());
        Assert.Equal(_client.Tokens.Select(t => (t.Sequence, t.Step, t.Id)), seen.Tokens.Select(t => (t.Sequence, t.Step, t.Id)));
    }

    [Fact]
    public void AfterARestart_ThePastIsThatOfTheNewRun()
    {
        Break("L0 if step == 3");
        _session.Start(Request);
        _client.NextStop();
        _session.Restart();
        _client.NextStop();

        Assert.Equal([1L, 2L, 3L], _session.StepsOf(_session.Routers[0]).Select(c => c.Step));
        _session.GoTo(1);
        Assert.Equal(1, _client.NextStop().Cursor.Step);
    }

    private void Break(string text) => Assert.True(_session.Breakpoints.Add(BreakpointSpec.Parse(text)).Verified);

    private Stop Move(StepKind kind)
    {
        _session.Resume(kind);
        return _client.NextStop();
    }

    /// <summary>Lets the run end, so that its recording is closed.</summary>
    private void Finish()
    {
        if (_session.Stopped is { Reason: StopReason.End }) _session.Resume();
        Assert.Null(_client.End());
        _session.Dispose();
    }

    private RecordedRouting Recorded(string name, ModelSession model, bool recordedWeights) =>
        new(TraceReader.Open(Path.Combine(_folder, name + ".moetrace")), model.Routers, recordedWeights);

    private static DebugSession Forced(ModelSession model, WaitingClient client, RecordedRouting forced) => new(model, client, new DebugOptions { Forced = forced });

    private DebugSession Session(ModelSession model, WaitingClient client, string name, TraceOptions? options = null) => new(model, client, new DebugOptions
    {
        Interactive = true,
        HoldAtEnd = true,
        Record = () => TraceWriter.Create(
            Path.Combine(_folder, name + ".moetrace"),
            new TraceInfo { Writer = "tests", Kind = TraceKind.Checkpoint, Created = DateTimeOffset.UnixEpoch }, model.Routers, options ?? new TraceOptions()),
    });

    private string Picture() => Picture(_session);

    /// <summary>What a person can see at a stop.</summary>
    private static string Picture(DebugSession session)
    {
        var (stop, batch) = (session.Stopped!, session.Stopped!.Batch);
        var rows = batch.Pass.Rows;
        string Numbers(Span<float> values) => string.Join(' ', values.ToArray().Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
        var loads = string.Join('\n', session.Routers.Select(session.TotalsOf).Select(t => FormattableString.Invariant($"{t.Tokens} {t.EmptySlots} {string.Join(' ', t.Counts)} {t.MeanEntropy:R}")));
        var counts = new long[batch.Experts];
        session.LoadsOf(stop.Router).Sum(100, counts);
        return FormattableString.Invariant($"""
            {stop.Cursor} {batch.Pass.Phase} {batch.Router.Name} {batch.Present} {batch.Observed}
            {string.Join(' ', rows.Position[..batch.Tokens])} {string.Join(' ', rows.TokenId[..batch.Tokens])} {string.Join('|', rows.Text[..batch.Tokens])} {string.Join(' ', rows.Sequence[..batch.Tokens])}
            {Numbers(batch.RouterLogits)} {Numbers(batch.RouterScores)} {Numbers(batch.SelectionScores)}
            {string.Join(' ', batch.SelectedExperts.ToArray())} {Numbers(batch.RoutingWeights)} {batch.Before is null}
            loads {loads} {string.Join(' ', counts)}
            """);
    }
}
