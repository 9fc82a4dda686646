using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Protocol;
using MoeDevtools.Servers.Dap.Requests;

namespace MoeDevtools.Servers.Dap;

/// <summary>Gives each request to its handler, one at a time, and answers what goes wrong. Requests that come while something takes long wait for its end.</summary>
internal sealed class Dispatcher
{
    /// <summary>Never waits: it is about what takes long, or about the end.</summary>
    private static readonly string[] Urgent = ["cancel", "disconnect", "terminate", "initialize", "launch", "attach", "pause"];

    /// <summary>What needs no session: a training may be long in coming to its first pass.</summary>
    private static readonly string[] WhileOpening = ["setBreakpoints", "setFunctionBreakpoints", "setDataBreakpoints", "setExceptionBreakpoints", "breakpointLocations", "configurationDone"];

    private readonly Lock _gate = new();      // guards all fields, and the connection
    private readonly Connection _connection;
    private readonly Dictionary<string, Action<Request>> _handlers = [];
    private readonly Queue<Request> _waiting = [];
    private readonly LifecycleRequests _lifecycle;
    private Work? _work;
    private bool _closed;
    private int _lastProgress;

    /// <param name="end">Called after a disconnect.</param>
    public Dispatcher(Connection connection, Action end)
    {
        _connection = connection;
        _lifecycle = new LifecycleRequests(connection, this, end);
        IEnumerable<(string, Action<Request>)>[] groups =
        [
            _lifecycle.All, new BreakpointRequests(connection).All, new RunRequests(connection, this).All, new StackRequests(connection).All, new VariableRequests(connection).All,
            new EvaluateRequests(connection).All, new SourceRequests(connection).All,
        ];
        foreach (var (command, handle) in groups.SelectMany(group => group)) _handlers.Add(command, handle);
    }

    /// <summary>True once the client has shown that it may be here.</summary>
    public bool IsTrusted => _lifecycle.IsTrusted;

    /// <summary>True once it has shown that it may not.</summary>
    public bool IsRefused => _lifecycle.IsRefused;

    /// <summary>True while something takes long. Under the gate.</summary>
    public bool IsBusy => _work is not null;

    public void Dispatch(Request request)
    {
        lock (_gate)
        {
            if (_work is not null && !Urgent.Contains(request.Command) && !(_connection.Breakpoints.Opening is not null && WhileOpening.Contains(request.Command))) _waiting.Enqueue(request);
            else Process(request);
        }
    }

    /// <summary>The client did not start the branch that it was asked for.</summary>
    public void BranchRefused(string why)
    {
        lock (_gate) _connection.Output.Line("important", _connection.Outbox.Translations.Text($"The editor did not start the branch. {why}"));
    }

    /// <summary>Starts what takes long; requests wait until <see cref="Finish"/>.</summary>
    public Work Begin(Request request, string title)
    {
        var work = _work = new Work(request, _connection.Traits.Progress ? FormattableString.Invariant($"work-{++_lastProgress}") : null);
        if (work.ProgressId is { } id)
            _connection.Outbox.Event("progressStart", new ProgressStartBody(id, title, request.Seq, Cancellable: true), DapJson.Default.ProgressStartBody);
        return work;
    }

    /// <summary>Runs <paramref name="end"/> under the gate, and then what has waited; if the work was abandoned, <paramref name="abandoned"/> instead. Any thread.</summary>
    public void Finish(Work work, Action end, Action abandoned)
    {
        lock (_gate)
        {
            if (_work != work)
            {
                abandoned();
                return;
            }
            Leave();
            Try(work.Request, end);
            Drain();
        }
    }

    /// <summary>Cancels the work or the waiting request that is meant; nothing happens where there is none.</summary>
    public void Cancel(int? requestSeq, string? progressId)
    {
        if (_work is { } work && (work.Request.Seq == requestSeq || (progressId is not null && work.ProgressId == progressId)))
        {
            CancelWork();
            return;
        }
        if (_waiting.FirstOrDefault(r => r.Seq == requestSeq) is not { } request) return;
        _connection.Outbox.Cancelled(request);
        var others = _waiting.Where(r => r != request).ToList();
        _waiting.Clear();
        others.ForEach(_waiting.Enqueue);
    }

    /// <summary>Cancels what takes long, if anything does.</summary>
    /// <returns>What still runs; null = nothing does.</returns>
    public Task? CancelWork()
    {
        if (_work is not { } work) return null;
        work.Cancellation.Cancel();
        if (work.Running is { } running) return running;
        Leave();
        _connection.Outbox.Cancelled(work.Request);
        Drain();
        return null;
    }

    /// <summary>Cancels everything that waits for an answer.</summary>
    public void CancelWaiting()
    {
        while (_waiting.TryDequeue(out var request)) _connection.Outbox.Cancelled(request);
    }

    /// <summary>The client has gone: ends its session.</summary>
    /// <returns>Ends when the session has.</returns>
    public Task Close()
    {
        lock (_gate)
        {
            _closed = true;
            CancelWaiting();
            var running = CancelWork();
            _work = null;
            _connection.CloseSession(running);
            _connection.Output.Dispose();
            return _connection.Disposed;
        }
    }

    private void Leave()
    {
        if (_work?.ProgressId is { } id) _connection.Outbox.Event("progressEnd", new ProgressEndBody(id), DapJson.Default.ProgressEndBody);
        _work = null;
    }

    private void Drain()
    {
        while (_work is null && !_closed && _waiting.TryDequeue(out var request)) Process(request);
    }

    private void Process(Request request)
    {
        _lifecycle.Admit(request.Command, out var refusal);
        if (refusal is not null) _connection.Outbox.Fail(request, refusal);
        else if (!_handlers.TryGetValue(request.Command, out var handle))
            _connection.Outbox.Fail(request, new UserError("MOE7005", $"there is no request \"{request.Command}\".", $"initialize says what this adapter can do."));
        else Try(request, () => Enter(() => handle(request)));
    }

    /// <summary>Other servers may read and change the same session: one at a time.</summary>
    private void Enter(Action handle)
    {
        if (_connection.Debuggee is not { } debuggee)
        {
            handle();
            return;
        }
        lock (debuggee.Entry.Gate) handle();
    }

    private void Try(Request request, Action handle)
    {
        try
        {
            handle();
        }
        catch (UserError error)
        {
            _connection.Outbox.Fail(request, error, error.Id is "MOE4002" or "MOE7013" ? "notStopped" : null);
        }
#pragma warning disable CA1031 // a defect of one request is answered and logged; the session goes on
        catch (Exception error)
#pragma warning restore CA1031
        {
            _connection.Options.Log($"{request.Command}: {error}");
            _connection.Outbox.Fail(request, new UserError("MOE7099", $"{request.Command} failed: {error.GetType().Name}: {error.Message}", $"This is a defect of moe-devtools; please report it."));
        }
    }
}
