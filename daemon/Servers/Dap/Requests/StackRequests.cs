using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Servers.Dap.Protocol;
using MoeDevtools.Servers.Dap.Variables;

namespace MoeDevtools.Servers.Dap.Requests;

/// <summary>Where it stands: ranks, and the frames token, router, step.</summary>
internal sealed class StackRequests(Connection connection)
{
    private const int MostProgramFrames = 64;

    public IEnumerable<(string Command, Action<Request> Handle)> All =>
    [
        ("threads", Threads),
        ("stackTrace", StackTrace),
        ("scopes", Scopes),
        ("exceptionInfo", ExceptionInfo),
    ];

    /// <summary>A thread is a rank, its id one more; a checkpoint and its recording have one.</summary>
    private void Threads(Request request) => connection.Outbox.Respond(
        request, new ThreadsBody([.. Enumerable.Range(0, connection.Debuggee?.Session.Source.Ranks ?? 1).Select(rank => new DapThread(rank + 1, FormattableString.Invariant($"rank {rank}")))]),
        DapJson.Default.ThreadsBody);

    private void StackTrace(Request request)
    {
        connection.NeedThread(request);
        var stop = connection.NeedStop();
        // The other ranks wait for the one that stopped: they have decided nothing that could be shown.
        if (request.Arguments.NeedInt("threadId") != stop.Cursor.Rank + 1)
        {
            connection.Outbox.Respond(request, new StackTraceBody([], 0), DapJson.Default.StackTraceBody);
            return;
        }
        var debuggee = connection.Debuggee!;
        var (pass, row, back) = (stop.Batch.Pass, stop.Row, debuggee.Session.CanGoBack);
        var place = debuggee.Sources.PlaceOf(stop.Router);
        var (source, line) = (connection.Traits.Source(place.Path), connection.Traits.Line(place.Line));
        var (column, language) = (connection.Traits.FirstColumn, connection.Outbox.Translations);
        StackFrame[] frames =
        [
            // Where the program raised: an editor opens the first frame.
            .. stop.Anomalies.SelectMany(anomaly => anomaly.Stack).Take(MostProgramFrames)
                .Select((frame, i) => new StackFrame(connection.Handles.Frame(3 + i), frame.Function, connection.Traits.Source(frame.Path), connection.Traits.Line(Math.Max(1, frame.Line)), column) { CanRestart = false }),
            new(connection.Handles.Frame(0), language.Text(Token(pass.Rows, row)), source, line, column) { CanRestart = false },
            new(connection.Handles.Frame(1), language.Text($"router L{stop.Router.Id.Layer} {stop.Router.Name}"), source, line, column) { CanRestart = back },
            new(connection.Handles.Frame(2), language.Text($"step {pass.Step} ({pass.Phase.Word()})"), source, connection.Traits.Line(1), column) { CanRestart = back },
        ];
        var start = Math.Clamp(request.Arguments.Int("startFrame") ?? 0, 0, frames.Length);
        var levels = request.Arguments.Int("levels") is { } asked and > 0 ? asked : frames.Length;
        connection.Outbox.Respond(request, new StackTraceBody([.. frames.Skip(start).Take(levels)], frames.Length), DapJson.Default.StackTraceBody);
    }

    private static FormattableString Token(RoutingRows rows, int row) =>
        rows.Position[row] >= 0 ? $"token {rows.Position[row]} {Shown.Token(rows, row)}" : (FormattableString)$"row {row} {Shown.Token(rows, row)}";

    /// <summary>A frame shows what is at its level and above it.</summary>
    private void Scopes(Request request)
    {
        var level = connection.Handles.LevelOf(request.Arguments.NeedInt("frameId"));
        var look = connection.NeedLook();
        (FormattableString Name, string? Hint, VariableNode Node)[] scopes =
            [($"Decision", "locals", DecisionScope.Of(look)), ($"Router", null, RouterScope.Of(look)), ($"Step", null, StepScope.Of(look)), ($"Model", null, ModelScope.Of(look))];
        connection.Outbox.Respond(request, new ScopesBody([.. scopes.Skip(level).Select(s => new Scope(connection.Outbox.Translations.Text(s.Name), connection.Handles.Of(s.Node), Expensive: false)
        {
            PresentationHint = s.Hint,
            NamedVariables = connection.Traits.VariablePaging ? s.Node.Named : null,
            IndexedVariables = connection.Traits.VariablePaging ? s.Node.Indexed : null,
        })]), DapJson.Default.ScopesBody);
    }

    private void ExceptionInfo(Request request)
    {
        var stop = connection.NeedStop();
        if (stop.Anomalies.Count == 0) throw new UserError("MOE7042", $"this stop is no anomaly.", $"The text of the stop says why it is.");
        var (anomaly, language) = (stop.Anomalies[0], connection.Outbox.Translations);
        var facts = language.Text(anomaly.Facts);
        var (path, line) = connection.Debuggee!.Sources.PlaceOf(anomaly.Router);
        connection.Outbox.Respond(request, new ExceptionInfoBody(
            anomaly.Id, $"{facts}. {language.Text(anomaly.Info.Meaning)} {language.Text(anomaly.Info.Advice)}", "always",
            new ExceptionDetails(facts, anomaly.Id, string.Join('\n', anomaly.Stack.Select(frame => FormattableString.Invariant($"at {frame.Function} ({frame.Path}:{frame.Line})"))
                .Append(FormattableString.Invariant($"at {anomaly.Router.Name}, step {anomaly.Step} ({path}:{line})"))))),
            DapJson.Default.ExceptionInfoBody);
    }
}
