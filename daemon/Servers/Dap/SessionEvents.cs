using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Servers.Dap.Breakpoints;
using MoeDevtools.Servers.Dap.Protocol;
using MoeDevtools.Servers.Dap.Variables;

namespace MoeDevtools.Servers.Dap;

/// <summary>Turns what happens in a session into events. Called on the compute thread, and on the connection's where going back stops at once.</summary>
internal sealed class SessionEvents(Outbox outbox, OutputPump output, Handles handles, ClientBreakpoints breakpoints, AnomalyFilters filters) : IDebugClient
{
    private readonly Lock _gate = new();      // guards the fields below
    private Stop? _held;
    private bool _holding;
    private bool _closed;
    private string? _moving;
    private MoeDevtools.Breakpoints.Breakpoint? _follows;
    private bool _canGoBack;
    private bool _ended;

    /// <summary>Set before the session starts.</summary>
    public Debuggee? Debuggee { get; set; }

    public ClientTraits Traits { get; set; } = new();

    /// <summary>Says why the next stop without a hit will be: <c>step</c> or <c>goto</c>.</summary>
    /// <param name="follows">A breakpoint that only leads a step: the stop that it makes is a step, and it is then removed.</param>
    public void Moves(string reason, MoeDevtools.Breakpoints.Breakpoint? follows = null)
    {
        lock (_gate) (_moving, _follows) = (reason, follows);
    }

    /// <summary>It did not move: no stop follows.</summary>
    public void Stays() => TakeMove();

    /// <summary>Keeps a stop back until the response that must come before it is sent.</summary>
    public void Hold()
    {
        lock (_gate) _holding = true;
    }

    public void Release()
    {
        Stop? held;
        lock (_gate) (held, _held, _holding) = (_held, null, false);
        if (held is not null) Tell(held);
    }

    /// <summary>True once the end was told, and nothing runs since.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate) return _ended;
        }
    }

    /// <summary>It runs again.</summary>
    public void Restarts()
    {
        lock (_gate) _ended = false;
    }

    /// <summary>Nothing is told any more: the client has gone.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
    }

    public void OnSequence(int index, SequenceInput input)
    {
    }

    public void OnToken(GeneratedToken token)
    {
        if (token.Text is { } text) output.Text(Shown.Text(text));
    }

    public void OnSequenceEnd(SequenceResult result)
    {
        if (result.GeneratedIds.Count > 0) output.Text("\n");
    }

    public void OnStopped(Stop stop)
    {
        lock (_gate)
        {
            if (_closed) return;
            if (_holding)
            {
                _held = stop;
                return;
            }
        }
        Tell(stop);
    }

    public void OnLog(LogLine line) => output.Log(line, Debuggee!.Sources, Traits);

    /// <summary>Shown with the stop that it makes.</summary>
    public void OnAnomaly(Anomaly anomaly)
    {
    }

    public void OnRouted(RoutingBatch batch)
    {
    }

    public void OnRoutersAdded()
    {
        lock (_gate)
            if (_closed) return;
        breakpoints.BindRefused(Debuggee!);
        TellBreakpoints();
    }

    public void OnNotice(FormattableString notice) => output.Line("important", outbox.Translations.Text(notice));

    public void OnProgramOutput(string text, bool isError)
    {
        lock (_gate)
            if (_closed) return;
        outbox.Event("output", new OutputBody(isError ? "stderr" : "stdout", text), DapJson.Default.OutputBody);
    }

    /// <summary>An event of ours, as the protocol allows: the editor starts the program under its own debugger.</summary>
    public void OnProgramWanted(IReadOnlyList<(string Name, string Value)> environment)
    {
        lock (_gate)
            if (_closed) return;
        outbox.Event("moeProgramWanted", new ProgramWantedBody(environment.ToDictionary(variable => variable.Name, variable => variable.Value)), DapJson.Default.ProgramWantedBody);
    }

    public void OnRecordingFailed(UserError error) => output.Line("important", outbox.Text(error));

    public void OnEnded(Exception? error)
    {
        lock (_gate)
        {
            if (_closed) return;
            _ended = true;
        }
        Stays();
        handles.Clear();
        output.Flush();
        if (error is UserError user) output.Line("important", outbox.Text(user));
        else if (error is not null) output.Line("important", $"{error.GetType().Name}: {error.Message}");
        TellBreakpoints();
        if (error is not null || Debuggee is not { Launched.EndIsUnknown: true }) outbox.Event("exited", new ExitedBody(error switch { null => Debuggee?.Launched.ExitCode ?? 0, UserError => 2, _ => 70 }), DapJson.Default.ExitedBody);
        outbox.Event("terminated");
    }

    /// <summary>Tells of the stop again, with other numbers: another row of it is in focus.</summary>
    public void Tell(Stop stop)
    {
        var (moving, follows) = TakeMove();
        var hits = stop.Hits.Where(h => h.Breakpoint != follows).ToList();
        handles.Clear();
        output.Flush();
        TellCapabilities();
        outbox.Event("stopped", Body(stop, hits, moving ?? (follows is not null ? "step" : null)), DapJson.Default.StoppedBody);
        TellBreakpoints();
    }

    private (string? Reason, MoeDevtools.Breakpoints.Breakpoint? Follows) TakeMove()
    {
        (string? Reason, MoeDevtools.Breakpoints.Breakpoint? Follows) move;
        lock (_gate) (move, _moving, _follows) = ((_moving, _follows), null, null);
        if (move.Follows is { } follows) Debuggee!.Session.Breakpoints.Remove(follows.Id);
        return move;
    }

    /// <summary>Step back is there once something is recorded.</summary>
    public void TellCapabilities()
    {
        var can = Debuggee!.Session.CanGoBack;
        lock (_gate)
        {
            if (can == _canGoBack) return;
            _canGoBack = can;
        }
        outbox.Event("capabilities", new CapabilitiesBody(new Capabilities { SupportsStepBack = can, SupportsRestartFrame = can }), DapJson.Default.CapabilitiesBody);
    }

    private StoppedBody Body(Stop stop, List<Hit> hits, string? moving)
    {
        var owners = hits.Select(h => breakpoints.Of(h.Breakpoint)).OfType<ClientBreakpoint>().ToList();
        var ids = owners.Select(o => o.Id).Concat(stop.Anomalies.Select(a => filters.IdOf(a.Id)).OfType<int>()).Distinct().ToList();
        var reason = stop.Anomalies.Count > 0 ? "exception"
            : hits.Count > 0 ? ReasonOf(owners)
            : moving ?? stop.Reason switch { StopReason.Entry => "entry", StopReason.Pause => "pause", StopReason.End => "end", _ => "step" };
        var texts = stop.Anomalies.Select(a => $"{a.Id}: {outbox.Translations.Text(a.Facts)}").Concat(hits.Select(h => outbox.Translations.Text(h.Facts))).ToList();
        if (stop.Reason == StopReason.End) texts.Add(outbox.Translations.Text($"continue ends the session"));
        if (stop.IsPast) texts.Add(outbox.Translations.Text($"recorded, read-only"));
        if (stop.Passed.Count > 0) texts.Add(outbox.Translations.Text($"ran past {stop.Passed.Count:N0} hits"));
        return new StoppedBody(reason, stop.Anomalies.Count > 0 ? Short(stop.Anomalies[0].Id) : reason == "end" ? "end of the run" : reason, stop.Cursor.Rank + 1, true)
        {
            Text = texts.Count > 0 ? string.Join("; ", texts) : null,
            HitBreakpointIds = ids.Count > 0 ? ids : null,
        };
    }

    private static string ReasonOf(List<ClientBreakpoint> owners) => owners.Count == 0 ? "breakpoint" : owners[0].Group switch
    {
        "function" => "function breakpoint",
        "data" => "data breakpoint",
        _ => "breakpoint",
    };

    /// <summary>The client shows it as a badge, which eats the name of the thread: at most 20 characters.</summary>
    private static string Short(string text) => text.Length <= 20 ? text : text[..19] + "…";

    private void TellBreakpoints()
    {
        foreach (var breakpoint in breakpoints.TakeChanged()) Tell(breakpoint, "changed");
    }

    /// <param name="reason"><c>changed</c>, or <c>new</c> where the client did not ask for it.</param>
    public void Tell(ClientBreakpoint breakpoint, string reason) =>
        outbox.Event("breakpoint", new BreakpointEventBody(reason, Told(breakpoint)), DapJson.Default.BreakpointEventBody);

    public Protocol.Breakpoint Told(ClientBreakpoint breakpoint) => new()
    {
        Id = breakpoint.Id,
        Verified = breakpoint.Verified,
        Message = breakpoint.Message(outbox.Translations),
        Source = breakpoint.Wanted.Source is { } source && breakpoint.Verified ? Traits.Source(source.Path) : null,
        Line = breakpoint.Wanted.Source?.Line,
        Reason = breakpoint.Verified ? null : breakpoint.IsPending ? "pending" : "failed",
    };
}
