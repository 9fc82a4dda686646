using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Servers.Dap.Protocol;
using MoeDevtools.Servers.Dap.Variables;

namespace MoeDevtools.Servers.Dap.Requests;

/// <summary>Where it stands: ranks, and the frames token, router, step.</summary>
internal sealed class StackRequests(Connection connection)
{
    public IEnumerable<(string Command, Action<Request> Handle)> All =>
    [
        ("threads", Threads),
        ("stackTrace", StackTrace),
        ("scopes", Scopes),
        ("exceptionInfo", ExceptionInfo),
    ];

    /// <summary>A thread is a rank; a checkpoint and its recording have one.</summary>
    private void Threads(Request request) => connection.Outbox.Respond(request, new ThreadsBody([new DapThread(1, "rank 0")]), DapJson.Default.ThreadsBody);

    private void StackTrace(Request request)
    {
        connection.NeedThread(request);
        var stop = connection.NeedStop();
        var debuggee = connection.Debuggee!;
        var (pass, row, back) = (stop.Batch.Pass, stop.Row, debuggee.Session.CanGoBack);
        var place = debuggee.Sources.PlaceOf(stop.Router);
        var (source, line) = (connection.Traits.Source(place.Path), connection.Traits.Line(place.Line));
        var column = connection.Traits.FirstColumn;
        StackFrame[] frames =
        [
            new(connection.Handles.Frame(0), FormattableString.Invariant($"token {pass.Rows.Position[row]} {Shown.Token(pass.Rows, row)}"), source, line, column) { CanRestart = false },
            new(connection.Handles.Frame(1), FormattableString.Invariant($"router L{stop.Router.Id.Layer} {stop.Router.Name}"), source, line, column) { CanRestart = back },
            new(connection.Handles.Frame(2), FormattableString.Invariant($"step {pass.Step} ({pass.Phase.Word()})"), source, connection.Traits.Line(1), column) { CanRestart = back },
        ];
        var start = Math.Clamp(request.Arguments.Int("startFrame") ?? 0, 0, frames.Length);
        var levels = request.Arguments.Int("levels") is { } asked and > 0 ? asked : frames.Length;
        connection.Outbox.Respond(request, new StackTraceBody([.. frames.Skip(start).Take(levels)], frames.Length), DapJson.Default.StackTraceBody);
    }

    /// <summary>A frame shows what is at its level and above it.</summary>
    private void Scopes(Request request)
    {
        var level = connection.Handles.LevelOf(request.Arguments.NeedInt("frameId"));
        var look = connection.NeedLook();
        (string Name, VariableNode Node)[] scopes = [("Decision", DecisionScope.Of(look)), ("Router", RouterScope.Of(look)), ("Step", StepScope.Of(look)), ("Model", ModelScope.Of(look))];
        connection.Outbox.Respond(request, new ScopesBody([.. scopes.Skip(level).Select(s => new Scope(s.Name, connection.Handles.Of(s.Node), Expensive: false)
        {
            PresentationHint = s.Name == "Decision" ? "locals" : null,
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
            new ExceptionDetails(facts, anomaly.Id, FormattableString.Invariant($"at {anomaly.Router.Name}, step {anomaly.Step} ({path}:{line})"))),
            DapJson.Default.ExceptionInfoBody);
    }
}
