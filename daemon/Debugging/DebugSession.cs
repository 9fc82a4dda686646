using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>
/// A model under debugging: runs it on a compute thread of its own, stops it, steps it, changes it. Knows no protocol; consoles and servers are skins over it.
/// </summary>
/// <remarks>
/// At a stop the compute thread waits inside the sink's call; whoever stopped it may then read and change the batch from one other thread. Breakpoints, filters and
/// interventions may be changed at any time.
/// </remarks>
public sealed partial class DebugSession : IRoutingSink, IDisposable
{
    /// <summary>Entries of the load windows over all routers and experts: bounds their memory to 32 MB.</summary>
    private const int WindowEntries = 8 << 20;

    private readonly IRoutingSource _source;
    private readonly IDebugClient _client;
    private readonly DebugOptions _options;
    private readonly List<ExpertLoads> _loads;
    private readonly List<bool> _captured;
    private readonly InterventionBook _interventions;
    private readonly List<Hit> _hits = [];
    private readonly List<Hit> _passed = [];
    private readonly List<Anomaly> _anomalies = [];
    private readonly NamedRows _named;
    private readonly List<StopPoint> _otherStops = [];         // anomalies that stopped this run
    private readonly SemaphoreSlim _resume = new(0);
    private readonly Lock _gate = new();                       // guards _state, _thread, _cancel, _restart
    private CancellationTokenSource _cancel = new();
    private Thread? _thread;
    private RunRequest? _request;
    private Recorder? _recorder;
    private Past? _past;
    private Stop? _present;                                    // where the compute thread waits; null while it runs
    private volatile SessionState _state;
    private volatile bool _pause;
    private volatile StepPlan? _plan;                          // written by the one who resumes, read by the compute thread
    private Branch? _branch;
    private bool _restart;
    private bool _stopAtFirst;
    private bool _entry;
    private bool _behind;                                      // the stop in focus is before the present one, by way of the recording

    public DebugSession(IRoutingSource source, IDebugClient client, DebugOptions options)
    {
        (_source, _client, _options) = (source, client, options);
        var routers = source.Routers;
        _interventions = new InterventionBook(routers, options.Forced);
        var window = Math.Clamp(WindowEntries / Math.Max(1, routers.Sum(r => r.Experts)), 16, 4096);
        Breakpoints = new BreakpointManager(routers, window);
        Filters = new AnomalyMonitor(routers, window);
        _named = new NamedRows(Filters);
        _loads = [.. routers.Select(r => new ExpertLoads(r.Experts, window))];
        _captured = [.. routers.Select(IsCaptured)];
        Totals = [.. routers.Select(r => new RouterTotals(r))];
    }

    public IRoutingSource Source => _source;

    public IReadOnlyList<RouterInfo> Routers => _source.Routers;

    public BreakpointManager Breakpoints { get; }

    /// <summary>Anomaly filters. One that is enabled stops the session when it fires.</summary>
    public AnomalyMonitor Filters { get; }

    /// <summary>One a router, in forward order; read them at a stop or after the end.</summary>
    public IReadOnlyList<RouterTotals> Totals { get; private set; }

    /// <summary>What the validator found wrong with batches so far.</summary>
    public BatchProblems Problems { get; private set; }

    public SessionState State => _state;

    public RunProgress Progress { get; } = new(TimeProvider.System);

    /// <summary>What is recorded of the run, to be looked at; null = nothing, or nothing ran yet. Another one after a restart, and where routers have come.</summary>
    public RecordedRun? Recorded { get; private set; }

    /// <summary>Null while it runs or is idle.</summary>
    public Stop? Stopped { get; private set; }

    /// <summary>Where the run itself stands, whatever is in focus; null while it runs or is idle.</summary>
    public Stop? Present => _present;

    public IReadOnlyList<ActiveIntervention> Interventions
    {
        get
        {
            lock (_interventions) return _interventions.All;
        }
    }

    /// <summary>Runs <paramref name="request"/> on a new compute thread.</summary>
    /// <param name="stopAtFirst">Stop at the first router.</param>
    /// <exception cref="UserError">It runs already.</exception>
    public void Start(RunRequest request, bool stopAtFirst = false)
    {
        lock (_gate)
        {
            if (_state != SessionState.Idle) throw new UserError("MOE4001", $"the session runs already.", $"Restart it, or wait for its end.");
            _request = request;
            (_stopAtFirst, _pause) = (stopAtFirst, false);
            _cancel = new CancellationTokenSource();
            _state = SessionState.Running;
            _thread = new Thread(Compute) { Name = "moe compute", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>
    /// Goes on from a stop: to the next stop, or one step. From a recorded decision that ends at the present stop at the latest; from there the model runs on.
    /// </summary>
    /// <exception cref="UserError">It is not stopped.</exception>
    /// <exception cref="OperationCanceledException">Only where it <see cref="IsBehind"/>: it stands where it stood.</exception>
    public void Resume(StepKind kind = StepKind.Continue, CancellationToken cancelled = default)
    {
        if (_behind)
        {
            var (at, present, past) = Standing();
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancelled, _cancel.Token);
            Show(past.Forward(kind, at, present, Breakpoints, _otherStops, ends.Token), past);
            return;
        }
        var stop = Stopped ?? throw NotStopped();
        RunOn(kind == StepKind.Continue ? null : new StepPlan(kind, stop.Cursor));
    }

    /// <summary>Starts this session as a branch: it stops at the branch's place. The branch is disposed with the session.</summary>
    /// <exception cref="UserError">It runs already.</exception>
    public void Start(Branch branch)
    {
        _branch = branch;
        Start(branch.Request);
    }

    /// <summary>Moves the focus to another row of the stop's batch; runs nothing.</summary>
    /// <exception cref="UserError">It is not stopped, or there is no such row.</exception>
    public Stop Focus(int row)
    {
        var stop = Stopped ?? throw NotStopped();
        if (row < 0 || row >= stop.Batch.Tokens)
            throw new UserError("MOE4005", $"the batch has rows 0 to {stop.Batch.Tokens - 1}; {row} is none of them.", $"Use a row in that range.");
        return Stopped = stop with { Cursor = stop.Cursor with { Row = row }, Hits = [], Passed = [] };
    }

    /// <summary>Stops at the next router. Nothing happens unless it runs.</summary>
    public void Pause() => _pause = true;

    /// <summary>Runs the same request again from the start; breakpoints, filters and lasting interventions stay, counters start anew.</summary>
    /// <param name="stopAtFirst">Stop at the first router.</param>
    public void Restart(bool stopAtFirst = false)
    {
        lock (_gate)
        {
            if (_state != SessionState.Idle)
            {
                (_restart, _stopAtFirst, _pause) = (true, stopAtFirst, false);
                Cancel();
                return;
            }
        }
        Start(_request ?? throw new UserError("MOE4003", $"nothing has run yet.", $"Start the session first."), stopAtFirst);
    }

    /// <summary>Ends the run; <see cref="IDebugClient.OnEnded"/> follows.</summary>
    public void Terminate()
    {
        lock (_gate) Cancel();
    }

    /// <summary>
    /// Changes routing from here on, or for the decision in focus only. At a stop the batch changes at once; before the start it holds for the whole run.
    /// </summary>
    /// <exception cref="UserError">A router cannot do it, or "this decision" without a stop.</exception>
    public ActiveIntervention Intervene(InterventionSet changes, bool once = false)
    {
        if (once && Stopped is null) throw NotStopped();
        if (Stopped is { IsPast: true } past)
            throw new UserError("MOE4008", $"step {past.Cursor.Step} is past: what was decided then cannot be changed.", $"Continue to the present, or start a branch from here.");
        if (once && Stopped is { Batch.IsHeld: false })
            throw new UserError("MOE4014", $"the program has gone on from this decision: it did not wait here.", $"Set a breakpoint at the router, where it waits, or change it from here on (always ...).");
        lock (_interventions)
        {
            var active = _interventions.Add(changes, Stopped?.Cursor, once);
            try
            {
                if (Stopped is { Batch.IsHeld: true } stop) _interventions.Apply(stop.Batch);
            }
            catch (UserError)
            {
                _interventions.Remove(active.Id);
                _interventions.Apply(Stopped!.Batch);
                throw;
            }
            _recorder?.Add(active);
            Progress.Touch();
            return active;
        }
    }

    /// <summary>Takes an intervention back; at a stop the batch is at once what it is without it.</summary>
    /// <exception cref="UserError">There is none with this id.</exception>
    public void RemoveIntervention(int id)
    {
        lock (_interventions)
        {
            var active = _interventions.All.FirstOrDefault(a => a.Id == id);
            if (active is null || !_interventions.Remove(id))
                throw new UserError("MOE4004", $"there is no change {id}.", $"List them with info changes.");
            if (_present is { IsPast: false, Batch.IsHeld: true } present) _interventions.Apply(present.Batch);
            _recorder?.Add(active, _present?.Cursor);
            Progress.Touch();
        }
    }

    /// <inheritdoc/>
    public RoutingColumns Wanted(RouterInfo router)
    {
        if (_options.Interactive || _plan is not null || _pause || _entry || Breakpoints.IsArmed(router)) return RoutingColumns.All;
        var wanted = Filters.Wanted(router) | (_recorder?.Wanted(router) ?? RoutingColumns.None);
        if (_captured[router.Index]) wanted |= _options.Columns;
        lock (_interventions)
            if (_interventions.Concerns(router)) wanted |= RoutingColumns.RouterLogits | RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights;
        return wanted;
    }

    /// <inheritdoc/>
    public bool MayHold(RouterInfo router)
    {
        if (_plan is not null || _pause || _entry || Breakpoints.IsArmed(router)) return true;
        lock (_interventions) return _interventions.Concerns(router);
    }

    /// <inheritdoc/>
    public bool MayHoldSteps => Filters.LooksAtWindows;

    /// <inheritdoc/>
    public bool MayHoldNotFinite => Filters.IsEnabled(AnomalyMonitor.NotFinite);

    /// <inheritdoc/>
    public void OnRoutersAdded()
    {
        var added = Routers.Skip(_loads.Count).ToList();
        _captured.AddRange(added.Select(IsCaptured));
        _loads.AddRange(added.Select(r => new ExpertLoads(r.Experts, Breakpoints.LongestWindow)));
        Totals = [.. Totals, .. added.Select(r => new RouterTotals(r))];
        lock (_interventions) _interventions.TakeAdded();
        Breakpoints.BindAdded();
        foreach (var router in added) _recorder?.Add(router);
        _past?.TakeAdded();
        if (Recorded is { } recorded)
        {
            recorded.Dispose();                     // its looks end first: they know nothing of what comes now
            Recorded = NewRecorded(recorded.Path);
        }
        _client.OnRoutersAdded();
        Progress.Touch();
    }

    /// <inheritdoc/>
    public void OnStep(TrainingStep step, IReadOnlyList<RoutingBatch?> last)
    {
        foreach (var weights in step.Routers)
            if (weights.Checksum is { } checksum && step.Rank == 0) _recorder?.Add(new TraceChecksum(step.Step, weights.Router, checksum));
        _anomalies.Clear();
        Filters.CheckStep(step, _anomalies);
        foreach (var anomaly in _anomalies) _client.OnAnomaly(anomaly);
        // Where it stands is the last decision of the router.
        if (_anomalies.Find(anomaly => last[anomaly.Router.Index] is not null) is not { } first) return;
        var batch = last[first.Router.Index]!;
        batch.IsHeld = false;
        foreach (var anomaly in _anomalies) _recorder?.Add(anomaly, batch);
        Stand(batch, StopReason.Anomaly, 0);
    }

    /// <inheritdoc/>
    public void OnFailed(TrainingFailure failure, RoutingBatch last)
    {
        _anomalies.Clear();
        if (Filters.CheckFailure(failure, last.Router) is not { } found) return;
        _anomalies.Add(found);
        _client.OnAnomaly(found);
        last.IsHeld = false;        // the program has left the pass
        _recorder?.Add(found, last);
        Stand(last, StopReason.Anomaly, 0);
    }

    /// <inheritdoc/>
    public void OnRouted(RoutingBatch batch)
    {
        var problems = BatchValidator.Check(batch);
        Problems |= problems;
        if (_source.Recording is null && batch.IsHeld)
            lock (_interventions) _interventions.Apply(batch);
        if (_options.Forced is { } forced && forced.Has(batch.Router)) forced.Count(batch);
        Inspect(batch, _loads[batch.Router.Index]);
        _client.OnRouted(batch);
        _recorder?.Add(batch, problems);
        Progress.Add(batch);
        if (!batch.Has(RoutingColumns.SelectedExperts)) return;
        if ((problems & BatchProblems.LogitNotFinite) != 0) return;    // what NaN selects is no load
        _loads[batch.Router.Index].Add(batch);
        Totals[batch.Router.Index].Add(batch);
    }

    public void Dispose()
    {
        Terminate();
        _thread?.Join();
        Recorded?.Dispose();
        _past?.Dispose();
        _recorder?.Dispose();
        _branch?.Dispose();
        _resume.Dispose();
        _cancel.Dispose();
    }

    /// <summary>Looks for stops in one batch: anomalies first, then breakpoints, the end of a step and further rows that anomalies name, in the order of the rows.</summary>
    private void Inspect(RoutingBatch batch, ExpertLoads loads)
    {
        _hits.Clear();
        _anomalies.Clear();
        Filters.Check(batch, loads, _anomalies);
        foreach (var anomaly in _anomalies)
        {
            _client.OnAnomaly(anomaly);
            _recorder?.Add(anomaly, batch);
        }
        var first = _anomalies.Count > 0 ? _anomalies[0].Row ?? 0 : -1;
        _named.Begin(_anomalies, first);
        if (first >= 0) Stand(batch, StopReason.Anomaly, first);
        if (!batch.IsHeld) return;      // what does not wait is no place to stop at

        var reason = _entry ? StopReason.Entry : _plan is not null ? StopReason.Step : StopReason.Pause;
        var target = _plan?.RowIn(batch) ?? (_entry || _pause ? 0 : -1);
        for (var row = 0; row < batch.Tokens || target >= 0;)
        {
            _hits.Clear();
            var end = _named.Next(row, target);
            var at = end >= 0 && end < row ? -1     // the focus was moved back: those rows were looked at already
                : Breakpoints.FindHits(batch, loads, row, _hits, _client.OnLog, end >= 0 ? end + 1 : int.MaxValue);
            if (at < 0 && end < 0) return;
            if (at < 0) at = end;
            if (at != target && _plan is { RunsPastHits: true })
            {
                _passed.AddRange(_hits);
                row = at + 1;
                continue;
            }
            _named.AddTo(_anomalies, at);
            Stand(batch, _anomalies.Count > 0 ? StopReason.Anomaly : _hits.Count > 0 ? StopReason.Breakpoint : reason, at);
            row = Math.Max(row, at + 1);
            (target, reason) = (_plan?.RowIn(batch) ?? -1, StopReason.Step);   // a pause asked for meanwhile is for the next router
        }
    }

    /// <summary>Stops here and waits until told to go on.</summary>
    private void Stand(RoutingBatch batch, StopReason reason, int row)
    {
        _cancel.Token.ThrowIfCancellationRequested();
        var plan = _plan;
        (_pause, _entry, _plan) = (false, false, null);
        var stop = new Stop
        {
            Reason = reason,
            Cursor = Cursor.In(batch, row),
            Batch = batch,
            Hits = [.. _hits],
            Anomalies = [.. _anomalies],
            Passed = [.. _passed],
            IsPast = _source.Recording is not null,
        };
        if (stop.Anomalies.Count > 0) _otherStops.Add(new StopPoint(stop.Cursor, [], stop.Anomalies));
        if (plan is { Kind: StepKind.Over }) _past?.NoteOver(plan.From, stop.Cursor);
        _recorder?.Add(stop);
        _passed.Clear();
        _anomalies.Clear();
        Wait(stop);
    }

    private void Wait(Stop stop)
    {
        (Stopped, _present, _behind) = (stop, stop, false);
        _state = SessionState.Stopped;
        Progress.Runs(false);
        _client.OnStopped(stop);
        _resume.Wait(_cancel.Token);
    }

    private void RunOn(StepPlan? plan)
    {
        _plan = plan;
        (Stopped, _present) = (null, null);
        _past?.Forget();
        _state = SessionState.Running;
        Progress.Runs(true);
        _resume.Release();
    }

    private void Compute()
    {
        Exception? error = null;
        bool again;
        do
        {
            try
            {
                Reset();
                _source.Run(_request!, this, (IRunObserver?)_recorder ?? _client, _cancel.Token);
                if (_options.HoldAtEnd && _past?.Last() is { } last) Wait(last with { Reason = StopReason.End });
                error = null;
            }
            catch (OperationCanceledException)
            {
                error = null;
            }
#pragma warning disable CA1031 // whatever ends the run is the client's to show; a thread that throws would end the process
            catch (Exception e)
#pragma warning restore CA1031
            {
                error = e;
            }
            lock (_gate)
            {
                (Stopped, _present) = (null, null);
                again = _restart;
                _restart = false;
                if (again) _cancel = new CancellationTokenSource();
                else _state = SessionState.Idle;
            }
        }
        while (again);
        Progress.Runs(false);
        _client.OnEnded(error);
    }

    private void Reset()
    {
        (_entry, _stopAtFirst) = (_stopAtFirst || _branch is not null, false);      // a pause asked for since the start holds
        _plan = _branch is null ? null : new StepPlan(StepKind.To, _branch.Place.At);
        _passed.Clear();
        _state = SessionState.Running;
        foreach (var loads in _loads) loads.Clear();
        Totals = [.. Routers.Select(r => new RouterTotals(r))];
        Problems = BatchProblems.None;
        Filters.Clear();
        Breakpoints.Restart();
        while (_resume.CurrentCount > 0) _resume.Wait();
        _otherStops.Clear();
        Recorded?.Dispose();
        _past?.Dispose();
        _recorder?.Dispose();
        (_past, _recorder, Recorded) = (null, null, null);
        if (_options.Record is { } record) _recorder = new Recorder(record(), _client);
        if ((_recorder?.Path ?? _source.Recording) is { } path) (_past, Recorded) = (new Past(path, _recorder?.Writer), NewRecorded(path));
        lock (_interventions)
        {
            if (_branch is null) _interventions.ForgetDecisions();
            else _interventions.Replace(_branch.Interventions);
            foreach (var active in _interventions.All) _recorder?.Add(active);
        }
        Progress.Restart();
        Progress.Runs(true);
    }

    private RecordedRun NewRecorded(string path) => new(path, [.. Routers], _recorder is null ? null : _recorder.Flush);

    private bool IsCaptured(RouterInfo router) => RouterNames.AreFor(_options.Routers, router);

    private void Cancel()
    {
        if (_state != SessionState.Idle) _cancel.Cancel();
    }

    private static UserError NotStopped() => new("MOE4002", $"the session is not stopped.", $"Pause it first, or set a breakpoint.");
}
