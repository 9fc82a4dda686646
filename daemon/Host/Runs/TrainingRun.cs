using System.CommandLine;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Capture.Training;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Debugger;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Terminal.Editing;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Runs;

/// <summary>A training under the debugger, whether it is started or attached to: the options of both, and the run.</summary>
internal sealed class TrainingRun
{
    private static readonly RunRequest Nothing = new() { Sequences = [] };        // the program says what runs

    private readonly DebugRunOptions _debug = new();
    private readonly RecordOptions _record = new();
    private readonly Option<string?> _commands = new("--commands") { HelpName = "FILE", Help = $"commands for its stops, one a line; then it goes on" };
    private readonly Option<string[]> _failOn = new("--fail-on")
    {
        HelpName = "ID", Help = $"a filter; exit 1 if it fires and the program ends with 0", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer") { HelpName = "FILE", Help = $"tokenizer.json for the text of token ids" };

    public void AddTo(Verb verb)
    {
        _debug.AddTo(verb);
        _record.AddTo(verb);
        foreach (var option in new Option[] { _commands, _failOn, _tokenizer }) verb.Add(option);
    }

    /// <summary>Opens the program and debugs it to its end: with a script, with a person at a terminal, or passing every stop.</summary>
    /// <param name="source">How it is heard.</param>
    /// <param name="interrupt">What Ctrl-C does while it runs; null = it pauses.</param>
    /// <param name="exitOf">The exit code, from whether a filter of <c>--fail-on</c> fired.</param>
    public async Task<int> DebugAsync(VerbContext context, ProbeOptions source, Func<bool>? interrupt, Func<bool, Task<int>> exitOf)
    {
        _debug.Check(context);
        var failOn = new AnomalyMonitor([]);
        foreach (var id in AnomalyMonitor.OnByDefault) failOn.Disable(id);
        foreach (var text in context.Get(_failOn) ?? []) failOn.SetFilter(text);
        var script = context.Get(_commands) is { } commands ? DatasetReader.ReadText(commands).Split('\n') : null;
        using var recording = _record.Read(context);
        var training = ProbeSession.Open(source with { Tokenizer = context.Get(_tokenizer), Log = line => context.Screen.WriteErrorLine(new Styled(VisibleText.Escape(line), Tone.Dim)) }, context.Cancel);
        var gate = failOn.Enabled.Select(filter => filter.Id).ToHashSet();
        return script is null && (context.Json is not null || !context.Screen.Traits.CanEdit)
            ? await Watch(context, training, recording, gate, exitOf).ConfigureAwait(false)
            : await exitOf(Attend(context, training, recording ?? Recording.Temporary(UserFolders.Recordings), script, interrupt, gate)).ConfigureAwait(false);
    }

    /// <summary>Reports stops and passes them. Disposes the source.</summary>
    private async Task<int> Watch(VerbContext context, ProbeSession source, Recording? recording, HashSet<string> gate, Func<bool, Task<int>> exitOf)
    {
        using var owned = source;
        var client = new RunClient(context, source, new bool[source.Routers.Count], RoutingColumns.None);
        using var session = new DebugSession(source, client, new DebugOptions { Columns = RoutingColumns.All, Record = recording is null ? null : () => recording.Start(source, Nothing) });
        client.Session = session;
        var breakpoints = Prepare(context, session);
        context.Json?.Write("session", fields => RunJson.Session(fields, source, Nothing, breakpoints));
        using var ends = context.Cancel.Register(session.Terminate);
        session.Start(Nothing);
        var error = await client.Ended.ConfigureAwait(false);
        context.Cancel.ThrowIfCancellationRequested();
        if (error is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        var exit = await exitOf(gate.Overlaps(client.Anomalies)).ConfigureAwait(false);
        if (context.Json is { } json) json.Write("end", fields => RunJson.End(fields, session, client, forced: null, exit));
        else client.WriteSummary(forced: null);
        return exit;
    }

    /// <summary>A stop takes commands, of a script or of a person. When a script is done, the program goes on without stops; when a person is, it ends.</summary>
    /// <returns>Whether a filter of <paramref name="gate"/> fired.</returns>
    private bool Attend(VerbContext context, ProbeSession source, Recording recording, string[]? script, Func<bool>? interrupt, HashSet<string> gate)
    {
        var failed = false;
        using var console = new DebugConsole(context, new ConsoleSession(source, Nothing, recording), reopen: null) { Interrupt = interrupt };
        console.Current.Client.Found = anomaly => failed |= gate.Contains(anomaly.Id);
        foreach (var breakpoint in Prepare(context, console.Session)) context.Screen.WriteParagraph(VisibleText.Escape(context.Screen.Text($"breakpoint {breakpoint.Id} {breakpoint.Spec}: {breakpoint.Message}")), 2);
        console.Go(StepKind.Continue);
        if (script is null)
        {
            var editor = new LineEditor(context.Screen, new History(Path.Combine(UserFolders.State, "history")), new Completer(console).Complete);
            while (!console.Current.Ended && !console.Quitting && editor.ReadLine("(moe) ", context.Cancel) is { } line) console.Execute(line);
            return failed;
        }
        foreach (var line in script.Where(line => !string.IsNullOrWhiteSpace(line)).TakeWhile(_ => !console.Current.Ended && !console.Quitting))
        {
            if (!line.StartsWith('#')) context.Screen.WriteLine(new Styled("(moe) ", Tone.Dim), VisibleText.Escape(line.Trim()));
            console.Execute(line);
        }
        if (console.Quitting) return failed;
        foreach (var breakpoint in console.Session.Breakpoints.All) console.Session.Breakpoints.SetEnabled(breakpoint.Id, false);
        while (!console.Current.Ended) console.Go(StepKind.Continue);
        return failed;
    }

    /// <summary>Puts breakpoints and filters into the session. The program waits at its first router meanwhile, so what binds nowhere is an error and no warning.</summary>
    private IReadOnlyList<Breakpoint> Prepare(VerbContext context, DebugSession session)
    {
        var breakpoints = _debug.Apply(context, session);
        foreach (var text in context.Get(_failOn) ?? []) session.Filters.SetFilter(text);
        return breakpoints.FirstOrDefault(b => !b.Verified) is not { } unbound ? breakpoints
            : throw new UserError("MOE9119", $"breakpoint {unbound.Id} {unbound.Spec}: {unbound.Message}.", $"Write a name, a glob, L2, or FILE:LINE. The routers: {string.Join(", ", session.Routers.Take(8).Select(r => r.Name))}.");
    }
}
