using System.Collections.Concurrent;
using System.Text.Json;
using MoeDevtools.Checkpoints.Tokenizers;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Wire;

namespace MoeDevtools.Capture.Training;

/// <summary>
/// A training program, heard through the probes of its ranks. <see cref="Run"/> takes what they say in order, on the compute thread: where a program waits, its verdict goes out after the
/// sink's call, so that a sink that blocks holds the program. With several ranks the verdicts of a router and pass are given when all ranks are there, or late ones were named.
/// </summary>
/// <remarks>The first run goes on with the program that <see cref="Open"/> started, a later one starts it again.</remarks>
public sealed class ProbeSession : IRoutingSource
{
    /// <summary>Messages that may wait for the compute thread; then the connections are not read, and the probes keep, or drop, what they have.</summary>
    private const int MostWaiting = 256;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ProbeOptions _options;
    private readonly Tokenizer? _tokenizer;
    private readonly BlockingCollection<ProbeMessage> _inbox = new(MostWaiting);
    private readonly ProbeListener? _listener;                                                    // null = it was attached to
    private readonly List<ProbeConnection> _connections = [];                                     // those that have described routers
    private readonly Dictionary<ProbeConnection, ProbeMessage> _describing = [];                  // waiting for the answer to "routers", or told to go on without
    private readonly List<ProbeConnection> _attached = [];                                        // those that were called from here
    private readonly Dictionary<ProbeConnection, RoutingPass> _passes = [];
    private readonly Dictionary<(ProbeConnection, int), RoutingBatch> _batches = [];
    private readonly Dictionary<ProbeConnection, Held> _held = [];
    private readonly List<ProbedRouter> _routers = [];
    private readonly HashSet<int> _described = [];                                                // those of them that the program has since it was started
    private readonly RouterList _infos = new();                                                  // of _routers
    private RoutingBatch?[] _last = [];
    private readonly string _leftOutput = Path.Combine(Path.GetTempPath(), "moe-devtools-" + Path.GetRandomFileName());
    private Arming? _arming;
    private long _since;                                                                          // when the first of those that are held came
    private bool _lateAreNamed;
    private TrainingProcess? _process;
    private bool _begun;

    private ProbeSession(ProbeOptions options)
    {
        _options = options;
        _tokenizer = options.Tokenizer is null ? null : Tokenizer.Load(options.Tokenizer);
        Afterwards = options.Start is null ? Afterwards.GoOn : Afterwards.End;
        if (options.Start is not null) _listener = new ProbeListener(Greeted, options.Log);
    }

    public string Name => _options.Name;

    public IReadOnlyList<RouterInfo> Routers => _infos;

    public int Ranks { get; private set; } = 1;

    public string? Recording => null;

    /// <summary>What the probes said of modules that they passed by, and of what they could not do.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>What becomes of the program at the end of a run that it does not end itself. Any thread.</summary>
    public Afterwards Afterwards { get; set; }

    /// <summary>The file that has what the program prints since it was left to go on without the process that started it; null = there is none.</summary>
    public string? LeftOutput => Afterwards != Afterwards.End && _process is { HasOwnOutput: false, Exited.IsCompleted: false } ? _leftOutput : null;

    /// <summary>Completes with the exit code of the program once it has ended; null = it was not started here.</summary>
    public Task<int>? Exited => _process?.Exited;

    /// <summary>Starts the program and waits for its first forward pass, where the routers are known. The program waits there for <see cref="Run"/>.</summary>
    /// <exception cref="UserError">It cannot be started, or ended before a router was seen.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static ProbeSession Open(ProbeOptions options, CancellationToken cancelled = default)
    {
        var session = new ProbeSession(options);
        try
        {
            session.Begin(cancelled);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public string? TextOf(int id) => _tokenizer?.Decode([id]);

    public string? Decode(IReadOnlyList<int> ids) => _tokenizer?.Decode([.. ids]);

    /// <param name="request">Not used: the program says what runs.</param>
    /// <param name="sink"><inheritdoc/></param>
    /// <param name="observer"><inheritdoc/></param>
    /// <param name="cancelled">The probes are told to let go; <see cref="Afterwards"/> says what becomes of the program.</param>
    public void Run(RunRequest request, IRoutingSink? sink, IRunObserver? observer, CancellationToken cancelled)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var known = _routers.Count;
        if (_begun) Begin(cancelled);
        _begun = true;
        if (_routers.Count > known) sink.OnRoutersAdded();
        try
        {
            Arm(sink);
            foreach (var (connection, described) in _describing) Answer(connection, described);
            _describing.Clear();
            while (!IsOver)
            {
                var came = _inbox.TryTake(out var message, (int)Poll.TotalMilliseconds, cancelled);
                Arm(sink);
                if (came) Take(message!, sink);
                Release(sink, observer);
            }
        }
        finally
        {
            End();
        }
    }

    public void Dispose()
    {
        End();
        if (Afterwards == Afterwards.End) _process?.Dispose();
        _listener?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _inbox.Dispose();
    }

    /// <summary>The program has ended, or let go, and everything that it said was taken.</summary>
    private bool IsOver => _connections.Count == 0 && _inbox.Count == 0 && (_process is null || _process.Exited.IsCompleted);

    private void Greeted(ProbeConnection connection) => _ = connection.ReadAsync(
        message =>
        {
            try
            {
                _inbox.Add(message);
            }
            catch (Exception error) when (error is ObjectDisposedException or InvalidOperationException)
            {
                // The session is closed.
            }
        },
        _options.Log);

    /// <summary>Starts the program or attaches to it, and waits until all of its ranks have described their routers.</summary>
    private void Begin(CancellationToken cancelled)
    {
        _process?.Dispose();
        _attached.Clear();
        if (_listener is not null) _process = _options.Start!(_listener.Environment);
        foreach (var process in _options.Processes)
        {
            _attached.Add(ProbeDialer.ConnectAsync(process, cancelled).GetAwaiter().GetResult());
            Greeted(_attached[^1]);
        }
        _since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (_describing.Count == 0 || _describing.Count < _describing.Keys.Max(c => c.WorldSize))
        {
            if (_attached.Count > 0 && System.Diagnostics.Stopwatch.GetElapsedTime(_since) > Patience) PassOn();
            if (_inbox.TryTake(out var message, (int)Poll.TotalMilliseconds, cancelled))
            {
                if (message.Method == "routers" && message.Request is not null) _describing[message.From] = message;
                else if (message.Method == ProbeMessage.Gone)
                {
                    _describing.Remove(message.From);
                    message.From.DisposeAsync().AsTask().GetAwaiter().GetResult();
                    if (_attached.Remove(message.From) && _attached.Count == 0)
                        throw new UserError("MOE5137", $"{Name} has ended, or let go, before it began another pass.", $"Attach while it trains; moe-devtools attach lists what waits.");
                }
            }
            else if (Exited is { IsCompleted: true } exited)
            {
                throw new UserError("MOE5120", $"the program ended with exit code {exited.GetAwaiter().GetResult()} before a router decided anything.",
                    $"See what it printed; that it trains a model with PyTorch, in the interpreter that was started, or calls MoeProbe in .NET, is what the probe waits for.");
            }
        }
        Describe();
    }

    /// <summary>Says where those are that have not begun a pass, and lets the others go on: they may be what is waited for.</summary>
    private void PassOn()
    {
        _since = System.Diagnostics.Stopwatch.GetTimestamp();
        foreach (var late in _attached.Where(connection => !_describing.ContainsKey(connection)))
            _options.Log(FormattableString.Invariant($"process {late.ProcessId} has not begun a pass yet: {WhereIs(late)}"));
        foreach (var (connection, described) in _describing.ToList())
        {
            if (described.Request is not { } request) continue;
            connection.Answer(request, result =>
            {
                result.WriteStartObject();
                Arming.Nothing.Write(result, []);
                result.WriteEndObject();
            });
            _describing[connection] = described with { Request = null };
        }
    }

    /// <summary>Where a rank is and whether another debugger holds it there.</summary>
    private static FormattableString WhereIs(ProbeConnection late)
    {
        var stack = late.StackAsync(TimeSpan.FromSeconds(2)).GetAwaiter().GetResult();
        var frames = string.Join(" < ", stack?.Frames.Take(3) ?? []);
        return (stack?.HeldBy ?? ProcessState.Holder(late.ProcessId)) is { } debugger
            ? frames.Length > 0 ? (FormattableString)$"it is held by another debugger, {debugger}, in {frames}." : $"it is held by another debugger, {debugger}."
            : frames.Length > 0 ? (FormattableString)$"it is in {frames}." : $"it does not say where it is.";
    }

    /// <summary>The routers of all ranks by their names, those of the lowest rank first.</summary>
    private void Describe()
    {
        var notes = new List<string>();
        _described.Clear();
        // One that is started again may find its routers in another order, or not all of them yet.
        if (_routers.Count > 0 && !_describing.Values.SelectMany(message => ProbeRouters.Read(message.Parameters)).Any(router => _routers.Exists(known => known.Info.Name == router.Info.Name)))
            throw new UserError("MOE5123", $"the program has other routers than when it was first started.", $"Start another session.");
        foreach (var (connection, message) in _describing.OrderBy(d => d.Key.Rank))
        {
            Merge(connection, message);
            notes.AddRange(message.Parameters.Objects("skipped").Select(skipped => $"{skipped.Text("name")}: {skipped.Text("reason")}"));
            notes.AddRange(message.Parameters.Texts("notes"));
            _connections.Add(connection);
        }
        Ranks = _connections.Max(connection => connection.Rank) + 1;
        Notes = [.. notes.Distinct()];
        if (_routers.Count == 0)
            throw new UserError("MOE5121", $"the program has no router that the probe finds. {(Notes.Count == 0 ? "" : $"Passed by: {string.Join("; ", Notes)}.")}", $"Name it yourself: moe_devtools.observe(name, logits=..., selected=..., weights=...).");
        _last = new RoutingBatch?[_routers.Count];
    }

    /// <summary>Finds the routers of a connection by their names; those that are not known come to the end.</summary>
    private void Merge(ProbeConnection connection, ProbeMessage message)
    {
        var indices = new List<int>();
        foreach (var router in ProbeRouters.Read(message.Parameters))
        {
            var index = _routers.FindIndex(known => known.Info.Name == router.Info.Name);
            if (index < 0)
            {
                var id = router.Info.Id;
                while (_routers.Exists(known => known.Info.Id == id)) id = id with { Ordinal = id.Ordinal + 1 };
                index = _routers.Count;
                _routers.Add(router with { Info = router.Info with { Id = id, Index = index } });
                _infos.Add(_routers[index].Info);
            }
            var first = _routers[index].Info;
            if (first.Experts != router.Info.Experts)
                throw new UserError("MOE5122", $"router {first.Name} has {first.Experts} experts on one rank and {router.Info.Experts} on rank {connection.Rank}.", $"Debug a program whose ranks run the same model.");
            if (_described.Add(index)) _routers[index] = router with { Info = router.Info with { Id = first.Id, Index = index } };      // as it is since the program was started
            indices.Add(index);
        }
        connection.Routers = indices;
    }

    private void Take(ProbeMessage message, IRoutingSink sink)
    {
        var (from, parameters) = (message.From, message.Parameters);
        try
        {
            switch (message.Method)
            {
                case "rows" when message.Binary is { } rows:
                    _passes[from] = ProbeBatches.Pass(parameters, rows, from.Rank, TextOf);
                    break;
                case "batch" when message.Binary is { } columns:
                    var batch = Read(from, parameters, columns);
                    if (parameters.Flag("held") == true) Hold(from, new Held(parameters.NeedLong("id"), batch, null));
                    else Deliver(batch, sink);
                    break;
                case "step":
                    var step = StepOf(from, parameters);
                    if (parameters.Flag("held") == true) Hold(from, new Held(parameters.NeedLong("id"), null, step));
                    else sink.OnStep(step, _last);
                    break;
                case "routers" when _connections.Contains(from):
                    Grow(message, sink);
                    break;
                case "routers":
                    Answer(from, message);      // of another process that the program started: nothing is wanted of it
                    break;
                case "refused":
                    _options.Log($"rank {from.Rank} did not take a change: {parameters.Text("reason")}");
                    break;
                case "failed" when message.Request is { } request:
                    try
                    {
                        if (parameters.Int("router") is { } local && from.Routers is { } known && local < known.Count && _batches.TryGetValue((from, known[local]), out var before)) sink.OnFailed(FailureOf(parameters), before);
                    }
                    finally
                    {
                        from.Answer(request, result => result.WriteNullValue());
                    }
                    break;
                case ProbeMessage.Gone:
                    _connections.Remove(from);
                    _held.Remove(from);
                    _passes.Remove(from);
                    from.DisposeAsync().AsTask().GetAwaiter().GetResult();
                    break;
                case "bye":
                    break;
                default:
                    _options.Log($"rank {from.Rank} sent a {message.Method} that means nothing here");
                    if (message.Request is { } unknown) from.Refuse(unknown, -32601, $"there is no method {message.Method}");
                    break;
            }
        }
        catch (FramingException error)
        {
            _options.Log($"a {message.Method} of rank {from.Rank} is wrong: {error.Message}");
            // Who waits for it must not wait for ever.
            if (parameters.Flag("held") == true && parameters.Long("id") is { } id) GoOn(from, id);
        }
    }

    /// <summary>A program that runs has more routers than before, or others in their places. It waits for the answer.</summary>
    private void Grow(ProbeMessage message, IRoutingSink sink)
    {
        var known = _routers.Count;
        try
        {
            Merge(message.From, message);
        }
        catch (UserError error)
        {
            _options.Log(FormattableString.Invariant(error.Facts));
        }
        finally
        {
            if (_routers.Count > known)
            {
                Array.Resize(ref _last, _routers.Count);
                sink.OnRoutersAdded();
                Arm(sink);
            }
            Answer(message.From, message);
        }
    }

    private RoutingBatch Read(ProbeConnection from, ProbeJson head, BinaryMessage columns)
    {
        var local = head.NeedInt("router");
        if (from.Routers is not { } routers || local >= routers.Count) throw new FramingException($"there is no router {local}");
        var router = _routers[routers[local]];
        if (!_batches.TryGetValue((from, router.Info.Index), out var batch)) _batches[(from, router.Info.Index)] = batch = new RoutingBatch();
        ProbeBatches.Fill(batch, router, head, columns, _passes.GetValueOrDefault(from), from.Rank);
        return batch;
    }

    private static TrainingFailure FailureOf(ProbeJson failed) => new()
    {
        Step = failed.NeedLong("step"),
        Type = failed.Need("type"),
        Message = failed.Text("message") ?? "",
        Stack = [.. failed.Objects("stack").Select(ProbeJson.Frame)],
    };

    private TrainingStep StepOf(ProbeConnection from, ProbeJson step) => new()
    {
        Step = step.NeedLong("step"),
        Rank = from.Rank,
        Loss = step.Real("loss"),
        Routers =
        [
            .. step.Objects("routers").Where(router => router.NeedInt("router") < from.Routers!.Count)
                .Select(router => new RouterWeights(from.Routers![router.NeedInt("router")], router.Text("checksum"), router.Flag("gradient"))),
        ],
    };

    private void Deliver(RoutingBatch batch, IRoutingSink sink)
    {
        _last[batch.Router.Index] = batch;
        if (sink.Wanted(batch.Router) != RoutingColumns.None) sink.OnRouted(batch);
    }

    private void Hold(ProbeConnection from, Held held)
    {
        if (_held.Count == 0) (_since, _lateAreNamed) = (System.Diagnostics.Stopwatch.GetTimestamp(), false);
        _held[from] = held;
    }

    /// <summary>Gives verdicts where every rank waits: first to those that wait at the earliest router.</summary>
    private void Release(IRoutingSink sink, IRunObserver? observer)
    {
        while (_held.Count > 0 && (_held.Count >= _connections.Count || _lateAreNamed || NameLate(observer)))
        {
            var earliest = _held.Values.Min(held => held.Place);
            var group = _held.Where(held => held.Value.Place == earliest).OrderBy(held => held.Key.Rank).ToList();
            foreach (var (_, held) in group)
            {
                if (held.Batch is { } batch) Deliver(batch, sink);
                else sink.OnStep(held.Step!, _last);
            }
            Arm(sink);                  // in force before the program goes on
            foreach (var (connection, held) in group)
            {
                _held.Remove(connection);
                if (held.Batch is { Before: not null } changed) connection.Send(ProbeBatches.Verdict(held.Id, changed));
                else GoOn(connection, held.Id);
            }
        }
    }

    /// <summary>Once ranks have waited for others long enough, says who is late and where it is. True: they wait no longer.</summary>
    private bool NameLate(IRunObserver? observer)
    {
        if (System.Diagnostics.Stopwatch.GetElapsedTime(_since) < Patience) return false;
        foreach (var late in _connections.Where(connection => !_held.ContainsKey(connection)))
        {
            observer?.OnNotice($"rank {late.Rank} is late, and the others wait at a router: {WhereIs(late)}");
        }
        return _lateAreNamed = true;
    }

    private static void GoOn(ProbeConnection connection, long id) => connection.Notify("verdict", verdict => verdict.WriteNumber("id", id));

    /// <summary>Tells the probes what to send and where to wait, when that is not what they know.</summary>
    private void Arm(IRoutingSink sink)
    {
        var now = Arming.Of(sink, Routers, _arming);
        if (ReferenceEquals(now, _arming)) return;
        _arming = now;
        foreach (var connection in _connections)
            if (!_describing.ContainsKey(connection)) connection.Notify("arm", members => now.Write(members, connection.Routers!));
    }

    private void Answer(ProbeConnection connection, ProbeMessage described)
    {
        if (described.Request is not { } request)
        {
            connection.Notify("arm", members => _arming!.Write(members, connection.Routers!));      // it was told to go on before
            return;
        }
        connection.Answer(request, result =>
        {
            result.WriteStartObject();
            _arming!.Write(result, connection.Routers ?? []);
            result.WriteEndObject();
        });
    }

    /// <summary>Lets go of all probes.</summary>
    private void End()
    {
        var ends = Afterwards == Afterwards.End;
        // Before it is let go: a program that is held has taken no further step then.
        if (ends) _process?.AskToEnd();
        foreach (var connection in _connections.Concat(_describing.Keys).Concat(_attached).Distinct().ToList())
        {
            if (ends && _process is null && connection.ProcessId > 0) ProcessState.AskToEnd(connection.ProcessId);
            connection.Notify("detach", members =>
            {
                members.WriteBoolean("hold", Afterwards == Afterwards.StayHeld);
                if (LeftOutput is { } file) members.WriteString("output", file);
            });
            connection.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        _connections.Clear();
        _describing.Clear();
        _held.Clear();
        _passes.Clear();
        _batches.Clear();
        _arming = null;
        _attached.Clear();
        if (ends) _process?.End();
    }

    /// <summary>What a rank waits at: a batch, or the end of a step.</summary>
    private sealed record Held(long Id, RoutingBatch? Batch, TrainingStep? Step)
    {
        public (long Step, int Pass, int Router) Place => Batch is { } batch ? (batch.Pass.Step, batch.Pass.Pass, batch.Router.Index) : (Step!.Step, int.MaxValue, int.MaxValue);
    }
}
