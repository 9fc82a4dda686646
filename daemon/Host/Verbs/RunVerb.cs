using System.CommandLine;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>run</c>: runs a model without a person at it; stops are reported and passed.</summary>
internal static class RunVerb
{
    public static Verb Create()
    {
        var (run, debug, force, record) = (new RunOptions(), new DebugRunOptions(), new ForceOptions(), new RecordOptions());
        var failOnStop = new Option<bool>("--fail-on-stop") { Help = $"exit 1 if a breakpoint or filter stopped the run" };
        var capture = new Option<string[]>("--capture") { HelpName = "GLOB", Help = $"with --json: print the routing of these routers", Arity = ArgumentArity.OneOrMore };
        var columns = new Option<string?>("--columns") { HelpName = "LIST", Help = $"of --capture (selected_experts,routing_weights): {ColumnNames.Words}" };
        var logits = new Option<bool>("--logits") { Help = $"with --json: print the logits that follow each position" };
        var verb = new Verb(
            "run", $"runs a model; breakpoints are reported and passed", context => Run(context, run, debug, force, record, failOnStop, capture, columns, logits), json: true,
            examples:
            [
                new("moe-devtools run MODEL -p Hi --break \"L2 if entropy < 0.35\"", $"Each stop in full, then loads and text."),
                new("moe-devtools run MODEL --dataset d.jsonl --filter router_collapse --fail-on-stop", $"A CI gate: exit 1 on a collapse."),
                new("moe-devtools run MODEL -p Hi --capture \"*\" --json", $"Every decision as JSON lines."),
            ]);
        run.AddTo(verb);
        debug.AddTo(verb);
        force.AddTo(verb);
        record.AddTo(verb);
        verb.Add(failOnStop);
        verb.Add(capture);
        verb.Add(columns);
        verb.Add(logits);
        return verb;
    }

    private static async Task<int> Run(VerbContext context, RunOptions run, DebugRunOptions debug, ForceOptions force, RecordOptions record, Option<bool> failOnStop, Option<string[]> capture, Option<string?> columns, Option<bool> logits)
    {
        using var source = run.Open(context);
        var request = run.Request(context, source) with { Logits = context.Json is not null && context.Get(logits) };
        var globs = context.Get(capture) ?? [];
        foreach (var option in new Option[] { capture, columns, logits }.Where(o => context.Has(o) && context.Json is null))
            throw new UserError("MOE9110", $"{option.Name} prints JSON lines.", $"Add --json.");
        if (context.Has(columns) && globs.Length == 0)
            throw new UserError("MOE9113", $"--columns says what --capture prints, and there is no --capture.", $"Add --capture \"*\" or another glob.");
        var routers = source.Routers;
        using var forced = force.Open(context, source);
        using var recording = record.Read(context, source);
        var printed = Columns(context.Get(columns));
        var client = new RunClient(context, source, [.. routers.Select(r => globs.Any(glob => RouterNames.Matches(glob, r)))], printed);
        // What nothing limits is captured whole, so that a stop by a filter can show the decision.
        using var session = new DebugSession(source, client, new DebugOptions { Routers = globs, Columns = globs.Length > 0 ? printed : RoutingColumns.All, Forced = forced, Record = recording is null ? null : () => recording.Start(source, request) });
        client.Session = session;
        foreach (var glob in globs.Where(g => RouterNames.Match(g, session.Routers).Count == 0))
            throw new UserError("MOE9112", $"--capture \"{glob}\" names no router.", $"Nearest: {string.Join(", ", RouterNames.Nearest(glob, session.Routers))}.");
        var breakpoints = debug.Apply(context, session);
        foreach (var unbound in breakpoints.Where(b => !b.Verified))
            ErrorReport.Write(new UserError("MOE9114", $"breakpoint {unbound.Id} {unbound.Spec}: {unbound.Message}.", $"Write a name, a glob or L2; inspect lists the routers."), context.Screen, json: null);

        context.Json?.Write("session", fields => RunJson.Session(fields, source, request, breakpoints));
        using var interrupt = context.Cancel.Register(session.Terminate);
        Exception? error;
        using (var progress = request.Sequences.Count > 1 ? context.Screen.StartProgress($"documents", request.Sequences.Count) : null)
        {
            client.Progress = progress;
            session.Start(request);
            error = await client.Ended;
        }
        context.Cancel.ThrowIfCancellationRequested();
        if (error is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        var exit = client.ConditionErrors > 0 || breakpoints.Any(b => !b.Verified) ? ExitCode.BadInput
            : client.Stops > 0 && context.Get(failOnStop) ? ExitCode.CheckFailed : ExitCode.Ok;
        if (context.Json is { } json) json.Write("end", fields => RunJson.End(fields, session, client, forced, exit));
        else client.WriteSummary(forced);
        foreach (var failed in session.Breakpoints.All.Where(b => b.Errored > 0))
            ErrorReport.Write(new UserError("MOE9115", $"breakpoint {failed.Id} {failed.Spec}: {failed.LastError} of its condition, {failed.Errored} of {failed.Reached} times; it was then neither true nor false.", $"Put a test before it: position != 2 && 1 / (position - 2) > 0.1."), context.Screen, json: null);
        return exit;
    }

    private static RoutingColumns Columns(string? list) =>
        list is null ? RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights : ColumnNames.Parse(list);
}
