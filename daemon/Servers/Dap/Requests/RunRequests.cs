using MoeDevtools.Breakpoints;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Servers.Dap.Protocol;
using MoeDevtools.Servers.Dap.Variables;

namespace MoeDevtools.Servers.Dap.Requests;

/// <summary>Going on, by steps, and back. The response goes out before what it causes.</summary>
internal sealed class RunRequests(Connection connection, Dispatcher dispatcher)
{
    /// <summary>More would not be read: those nearest to the stop are offered.</summary>
    private const int MostTargets = 500;

    private List<Cursor> _targets = [];
    private int _firstTarget = 1;

    public IEnumerable<(string Command, Action<Request> Handle)> All =>
    [
        ("continue", request => Go(request, StepKind.Continue)),
        ("next", request => Go(request, StepKind.Over)),
        ("stepIn", StepIn),
        ("stepOut", request => Go(request, StepKind.Out)),
        ("stepBack", StepBack),
        ("reverseContinue", ReverseContinue),
        ("restartFrame", RestartFrame),
        ("pause", Pause),
        ("stepInTargets", StepInTargets),
        ("gotoTargets", GotoTargets),
        ("goto", Goto),
    ];

    private void Go(Request request, StepKind kind)
    {
        connection.NeedThread(request);
        connection.NeedStop();
        var session = connection.Debuggee!.Session;
        if (session.IsBehind)
        {
            Search(request, "Looking for the next stop", cancelled => session.Resume(kind, cancelled));
            return;
        }
        connection.Handles.Clear();
        Respond(request);
        session.Resume(kind);
    }

    private void Respond(Request request)
    {
        if (request.Command == "continue") connection.Outbox.Respond(request, new ContinueBody(true), DapJson.Default.ContinueBody);
        else connection.Outbox.Respond(request);
    }

    /// <summary>With a target: to the next token of this router that chooses this expert, unless something stops before.</summary>
    private void StepIn(Request request)
    {
        connection.NeedThread(request);
        if (request.Arguments.Int("targetId") is not { } target)
        {
            Go(request, StepKind.Into);
            return;
        }
        var router = connection.NeedStop().Router;
        if (target < 1 || target > router.Experts) throw new UserError("MOE7019", $"targetId {target} is no target of this stop.", $"Ask for stepInTargets again.");
        var session = connection.Debuggee!.Session;
        var follows = session.Breakpoints.Add(new BreakpointSpec { Routers = router.Name, ReadsExpert = target - 1, Mode = MoeDevtools.Breakpoints.BreakpointMode.Decision });
        connection.Events.Moves("step", follows);
        Go(request, StepKind.Continue);
    }

    private void StepInTargets(Request request)
    {
        var stop = connection.NeedStop();
        connection.Handles.LevelOf(request.Arguments.NeedInt("frameId"));
        var batch = stop.Batch;
        var targets = new List<StepInTarget>();
        for (var j = 0; batch.Has(RoutingColumns.SelectedExperts) && j < batch.Slots; j++)
        {
            var e = batch.ExpertsOf(stop.Row)[j];
            if (e >= 0) targets.Add(new StepInTarget(e + 1, $"next token of E{e}{(batch.Has(RoutingColumns.RoutingWeights) ? $" ({Shown.Real(batch.WeightsOf(stop.Row)[j])} here)" : "")}"));
        }
        connection.Outbox.Respond(request, new StepInTargetsBody(targets), DapJson.Default.StepInTargetsBody);
    }

    private void Pause(Request request)
    {
        connection.NeedThread(request);
        var debuggee = connection.NeedDebuggee();
        connection.Outbox.Respond(request);
        dispatcher.CancelWork();
        if (debuggee.Session.State == SessionState.Running) debuggee.Session.Pause();
    }

    /// <summary>Other steps of a router are places to jump to: a line is where the router is in every step.</summary>
    private void GotoTargets(Request request)
    {
        var stop = connection.NeedStop();
        var debuggee = connection.Debuggee!;
        var line = connection.Traits.FromLine(request.Arguments.NeedInt("line"));
        var routers = connection.Traits.PathOf(request.Arguments.NeedObject("source")) is { } path ? debuggee.Sources.RoutersAt(path, line) : [];
        var router = routers.Contains(stop.Router) ? stop.Router : routers is [var first, ..] ? first : null;
        _firstTarget += _targets.Count;
        _targets = router is null ? []
            : [.. debuggee.Session.StepsOf(router).Where(c => c.Step != stop.Cursor.Step || router.Index != stop.Cursor.Router)
                .OrderBy(c => Math.Abs(c.Step - stop.Cursor.Step)).Take(MostTargets).OrderBy(c => c.Step)];
        connection.Outbox.Respond(
            request, new GotoTargetsBody([.. _targets.Select((c, i) => new GotoTarget(_firstTarget + i, FormattableString.Invariant($"step {c.Step}"), connection.Traits.Line(line)))]),
            DapJson.Default.GotoTargetsBody);
    }

    private void Goto(Request request)
    {
        var target = request.Arguments.NeedInt("targetId") - _firstTarget;
        if (target < 0 || target >= _targets.Count) throw new UserError("MOE7038", $"targetId {request.Arguments.NeedInt("targetId")} is no target of this stop.", $"Ask for gotoTargets again.");
        Travel(request, "goto", session => session.GoTo(_targets[target]));
    }

    /// <summary>A step begins again at its first router, a router at its first row.</summary>
    private void RestartFrame(Request request)
    {
        var at = connection.NeedStop().Cursor;
        var level = connection.Handles.LevelOf(request.Arguments.NeedInt("frameId"));
        if (level == 0) throw new UserError("MOE7039", $"a token cannot be restarted by itself.", $"Restart the frame of its router or of its step.");
        Travel(request, "goto", session =>
        {
            if (level == 1) session.GoTo(at with { Row = 0 });
            else session.GoTo(at.Step);
        });
    }

    private void Travel(Request request, string reason, Action<DebugSession> go)
    {
        var session = NeedRecording();
        connection.Events.Hold();
        connection.Events.Moves(reason);
        try
        {
            go(session);
            connection.Outbox.Respond(request);
        }
        catch
        {
            connection.Events.Stays();
            throw;
        }
        finally
        {
            connection.Events.Release();
        }
    }

    private void StepBack(Request request)
    {
        connection.NeedThread(request);
        Travel(request, "step", session => session.Back());
    }

    private void ReverseContinue(Request request)
    {
        connection.NeedThread(request);
        Search(request, "Looking for the previous hit", NeedRecording().ReverseContinue);
    }

    /// <summary>Goes to another recorded decision in the background. A client that cancels is answered once the search has noticed; the session then stands where it stood.</summary>
    private void Search(Request request, string title, Action<CancellationToken> go)
    {
        var events = connection.Events;
        events.Hold();
        var work = dispatcher.Begin(request, title);
        work.Running = Task.Run(() =>
        {
            Exception? error = null;
            try
            {
                go(work.Cancellation.Token);
            }
#pragma warning disable CA1031 // thrown again where the request is answered
            catch (Exception e)
#pragma warning restore CA1031
            {
                error = e;
            }
            dispatcher.Finish(work, () => Finished(request, events, error), abandoned: events.Release);
        });
    }

    private void Finished(Request request, SessionEvents events, Exception? error)
    {
        if (error is OperationCanceledException) connection.Outbox.Cancelled(request);
        else if (error is null) Respond(request);
        if (error is not null) events.Stays();
        events.Release();
        if (error is not null and not OperationCanceledException) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
    }

    private DebugSession NeedRecording()
    {
        connection.NeedStop();
        var session = connection.Debuggee!.Session;
        return session.CanGoBack ? session : throw new UserError("MOE7014", $"nothing is recorded in this session: it cannot go back.", $"Launch it with record, or replay a trace.");
    }
}
