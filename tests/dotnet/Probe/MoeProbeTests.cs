using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Training;
using MoeDevtools.Debugging;
using MoeDevtools.Probe;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.Debugging;

namespace MoeDevtools.Tests.Probe;

/// <summary>The probe in this process, with a real session at the other end of a real socket. The training is a loop on a thread of its own.</summary>
public sealed class MoeProbeTests : IDisposable
{
    private const int Experts = 4;
    private const int Line = 210;                            // of the call of Observe below

    private static readonly float[] Logits = [0, 3, 1, 2, 4, 0, 0, 3];
    private static readonly int[] Chosen = [3, 1, 0, 3];     // of the first row the lighter one first: a program may have any order
    private static readonly float[] Weights = [0.25f, 0.75f, 0.75f, 0.25f];

    private readonly List<string> _log = [];
    private readonly WaitingClient _client = new();
    private ProbeSession? _source;
    private DebugSession? _session;

    public void Dispose()
    {
        _session?.Dispose();
        _source?.Dispose();
    }

    [Fact]
    public async Task AStop_ShowsTheDecision_InTheOrderOfItsWeights_AndWhereItIsMade()
    {
        var training = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0 if step == 2 && row == 0")), padding: true);
        var stop = _client.NextStop();
        Assert.Equal(new Cursor(2, 0, 0, 0), stop.Cursor);
        Assert.Equal([1, 3], stop.Batch.ExpertsOf(0).ToArray());
        Assert.Equal([0.75f, 0.25f], stop.Batch.WeightsOf(0).ToArray());
        Assert.Equal((7, 0, 1, 9), (stop.Batch.Pass.Rows.TokenId[0], stop.Batch.Pass.Rows.Sequence[0], stop.Batch.Pass.Rows.Sequence[1], stop.Batch.Pass.Rows.TokenId[1]));
        Assert.Equal([false, true], stop.Batch.Pass.Rows.Padding[..2]);
        var (path, line) = (stop.Router.Sources.Single().Path, stop.Router.Sources.Single().Line);
        Assert.Equal(("MoeProbeTests.cs", Line), (Path.GetFileName(path), line));
        Assert.True(Path.IsPathFullyQualified(path));
        _session!.Resume();
        var (selected, weights, changed) = (await training)[1];
        Assert.False(changed);
        Assert.Equal(Chosen, selected);
        Assert.Equal(Weights, weights);
        Assert.Null(_client.End());
    }

    [Fact]
    public async Task AChange_IsInTheProgramsSpans_AndTheOtherRowsAreNotTouched()
    {
        var training = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0 if step == 2 && row == 1")));
        _client.NextStop();
        Intervene("L0: force 2,1");
        var (selected, weights, changed) = (await training)[1];
        Assert.True(changed);
        Assert.Equal([3, 1], selected[..2]);                 // in the program's own order
        Assert.Equal(new HashSet<int> { 1, 2 }, [.. selected[2..]]);
        Assert.Equal([0.5f, 0.5f], weights[2..]);            // their logits are equal
        Assert.Equal(Weights[..2], weights[..2]);
        Assert.Null(_client.End());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnExpertThatIsTakenOut_LeavesAnEmptySlot_WhereTheProgramTakesOne(bool takes)
    {
        var training = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0 if step == 2 && row == 1")), takes);
        _client.NextStop();
        Intervene("L0: remove 3");
        var (selected, weights, changed) = (await training)[1];
        Assert.Equal(takes, changed);
        Assert.Equal(takes ? [3, 1, 0, -1] : Chosen, selected);
        Assert.Equal(takes ? 0 : 1, _log.Count);
        if (takes) Assert.Equal((0.25f, 0.75f, true, 0f), (weights[0], weights[1], weights[2] is > 0 and < 1, weights[3]));
        else Assert.Contains("did not say that it takes fewer than 2", _log[0], StringComparison.Ordinal);
        Assert.Null(_client.End());
    }

    [Fact]
    public async Task TheFirstPass_IsShown_AndRefusesAChange()
    {
        var training = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("L0 if step == 1 && row == 1")));
        Assert.Equal(1, _client.NextStop().Cursor.Step);
        Intervene("L0: mask 3");
        Assert.All(await training, step => Assert.False(step.Changed));
        Assert.Contains("the first pass is over", Assert.Single(_log), StringComparison.Ordinal);
        Assert.Null(_client.End());
    }

    [Fact]
    public async Task ARouterThatIsNamedLater_IsShownAfterItsFirstPass_AndHeldFromThenOn()
    {
        var training = await StartAsync(session => session.Breakpoints.Add(BreakpointSpec.Parse("layers.1.gate if row == 1")), lateFrom: 2);
        foreach (var step in (int[])[2, 3])
        {
            var stop = _client.NextStop();
            Assert.Equal((new Cursor(step, 0, 1, 1), "layers.1.gate"), (stop.Cursor, stop.Router.Name));
            Assert.Equal("MoeProbeTests.cs", Path.GetFileName(stop.Router.Sources[0].Path));
            _session!.Resume();
        }
        await training;
        Assert.Empty(_log);
        Assert.Null(_client.End());
    }

    [Fact]
    public async Task NotANumber_HoldsTheProgram_WithNothingArmed()
    {
        var training = await StartAsync(_ => { }, logitsOfStep3: [0, 1, 2, 3, float.PositiveInfinity, 0, 0, 1]);
        var stop = _client.NextStop();
        Assert.Equal((3L, 1, "nan_logits"), (stop.Cursor.Step, stop.Cursor.Row, Assert.Single(stop.Anomalies).Id));
        Assert.True(stop.Batch.IsHeld);
        _session!.Resume();
        await training;
        Assert.Null(_client.End());
    }

    [Fact]
    public async Task AFrozenRouter_IsFoundInTheSumsOfItsWeight()
    {
        var training = await StartAsync(session => session.Filters.SetFilter("frozen_router:window=3"), steps: 6);
        Assert.Equal(("frozen_router", 4), (Assert.Single(_client.NextStop().Anomalies).Id, 4));
        _session!.Resume();
        await training;
        Assert.Null(_client.End());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void IsFinite_LooksAtEveryNumber(float bad)
    {
        for (var length = 0; length < 40; length++)
        {
            var logits = Enumerable.Range(0, length).Select(i => i % 2 == 0 ? float.MaxValue : float.MinValue).ToArray();
            Assert.True(Decision.IsFinite(logits));
            for (var at = 0; at < length; at++)
            {
                var kept = logits[at];
                logits[at] = bad;
                Assert.False(Decision.IsFinite(logits));
                logits[at] = kept;
            }
        }
    }

    [Fact]
    public void WithoutADebugger_WhatDoesNotFitIsAnErrorToo()
    {
        using var probe = MoeProbe.Connect(address: "unix:/nowhere/at/all");
        Assert.False(probe.IsAttached);
        var router = probe.Router("gate", Experts, 2);
        Assert.Throws<ArgumentException>(() => router.Observe<int>(Logits, new int[3], Weights));
        Assert.Throws<ArgumentException>(() => router.Observe(Logits, Chosen.AsSpan(), new float[3]));
        Assert.Throws<ArgumentException>(() => router.Observe(new float[5], Chosen.AsSpan(), Weights));
        Assert.Throws<ArgumentException>(() => probe.BeginPass<int>([1, 2, 3], sequences: 2));
        Assert.Throws<ArgumentException>(() => probe.Router("gate", 2, 1));
        Assert.False(router.Observe(Logits, Chosen.AsSpan().ToArray(), Weights.AsSpan().ToArray()));
        probe.Step();
        Assert.Equal(2, probe.CurrentStep);
    }

    private void Intervene(string change)
    {
        _session!.Intervene(new InterventionParser((_, _) => throw new InvalidOperationException()).ParseSet(change), once: true);
        _session.Resume();
    }

    /// <summary>A session over a training of some steps, prepared; gives what the program had in its hands in each step.</summary>
    private async Task<Task<List<(int[] Selected, float[] Weights, bool Changed)>>> StartAsync(
        Action<DebugSession> prepare, bool takesEmptySlots = false, float[]? logitsOfStep3 = null, bool padding = false, int steps = 3, int lateFrom = int.MaxValue)
    {
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var opening = Task.Run(() => ProbeSession.Open(new ProbeOptions
        {
            Name = "training in C#",
            Start = environment =>
            {
                address.SetResult(environment.First().Value);
                return null;
            },
            Log = _log.Add,
        }));
        var training = Task.Run(() => Train(address.Task.GetAwaiter().GetResult(), takesEmptySlots, logitsOfStep3 ?? Logits, padding, steps, lateFrom));
        _source = await opening;
        _session = new DebugSession(_source, _client, new DebugOptions { Columns = RoutingColumns.All });
        prepare(_session);
        _session.Start(new RunRequest { Sequences = [] });
        return training;
    }

    private static List<(int[] Selected, float[] Weights, bool Changed)> Train(string address, bool takesEmptySlots, float[] logitsOfStep3, bool padding, int steps, int lateFrom)
    {
        using var probe = MoeProbe.Connect(address: address);
        var router = probe.Router("layers.0.gate", Experts, 2, new RouterRule { Normalise = true }, takesEmptySlots);
        var decided = new List<(int[], float[], bool)>();
        RouterProbe? late = null;
        for (var step = 1; step <= steps; step++)
        {
            probe.BeginPass<int>([7, 9], sequences: 2, padding ? [false, true] : []);
            var (selected, weights) = (Chosen.AsSpan().ToArray(), Weights.AsSpan().ToArray());
            var changed = router.Observe(step == 3 ? logitsOfStep3 : Logits, selected.AsSpan(), weights);
            decided.Add((selected, weights, changed));
            if (step >= lateFrom) (late ??= probe.Router("layers.1.gate", Experts, 2)).Observe(Logits, Chosen.AsSpan().ToArray(), Weights.AsSpan().ToArray());
            router.ObserveWeight(Weights);
            probe.Step();
        }
        return decided;
    }
}
