using System.CommandLine;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Capture.Training;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Debugger;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Terminal.Editing;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>run-training</c>: a training program under the debugger. stdin, stdout and the exit code are the program's; what the debugger says goes to stderr.</summary>
internal sealed class RunTrainingVerb
{
    private static readonly RunRequest Nothing = new() { Sequences = [] };        // the program says what runs

    private readonly Argument<string[]> _command = new("COMMAND") { Help = $"after --: the program with its arguments", Arity = ArgumentArity.OneOrMore };
    private readonly DebugRunOptions _debug = new();
    private readonly RecordOptions _record = new();
    private readonly Option<string?> _commands = new("--commands") { HelpName = "FILE", Help = $"commands for its stops, one a line; then it goes on" };
    private readonly Option<string[]> _failOn = new("--fail-on")
    {
        HelpName = "ID", Help = $"a filter; exit 1 if it fires and the program ends with 0", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer") { HelpName = "FILE", Help = $"tokenizer.json for the text of token ids" };
    private readonly Option<string?> _jsonTo = new("--json-to") { HelpName = "FILE", Help = $"JSON lines into a file; with --json alone to stderr" };
    private TrainingProcess? _process;
    private int _signals;

    private RunTrainingVerb()
    {
    }

    public static Verb Create()
    {
        var own = new RunTrainingVerb();
        var verb = new Verb(
            "run-training", $"runs a training program; breakpoints stop it at its routers", own.Run, json: true,
            examples:
            [
                new("moe-devtools run-training --break \"train.py:81 if maxVio > 4\" -- python train.py", $"At a terminal a stop takes commands."),
                new("moe-devtools run-training --fail-on router_collapse -- torchrun --nproc_per_node 2 train.py", $"A CI gate: exit 1 on a collapse."),
                new("moe-devtools run-training --record run.moetrace --json-to events.jsonl -- python -m project.train", $"Recorded, with events as JSON lines."),
            ]);
        verb.Add(own._command);
        own._debug.AddTo(verb);
        own._record.AddTo(verb);
        foreach (var option in new Option[] { own._commands, own._failOn, own._tokenizer, own._jsonTo }) verb.Add(option);
        return verb;
    }

    private async Task<int> Run(VerbContext context)
    {
        var traits = context.Screen.Traits;
        using var file = context.Get(_jsonTo) is { } path ? Create(path) : null;
        context = context.Onto(context.Screen.OnError(), file is not null ? new JsonLines(file) : context.Json is not null ? new JsonLines(StandardStream.Error()) : null);
        using var interception = context.Interrupts.Intercept(() => Interrupt(traits));
        try
        {
            return await RunProgram(context, () => Interrupt(traits)).ConfigureAwait(false);
        }
        catch (UserError error)
        {
            ErrorReport.Write(error, context.Screen, context.Json);
            return _process is { EndedByItself: true } ended && await ended.Exited.ConfigureAwait(false) is not ExitCode.Ok and var code ? code : ExitCode.BadInput;
        }
    }

    private async Task<int> RunProgram(VerbContext context, Func<bool> interrupt)
    {
        var words = context.Get(_command);
        _debug.Check(context);
        var failOn = new AnomalyMonitor([]);
        failOn.Disable(AnomalyMonitor.NotFinite);
        foreach (var text in context.Get(_failOn) ?? []) failOn.SetFilter(text);
        var script = context.Get(_commands) is { } commands ? DatasetReader.ReadText(commands).Split('\n') : null;
        using var recording = _record.Read(context);
        var source = ProbeSession.Open(
            new ProbeOptions
            {
                Name = string.Join(' ', words),
                Start = environment => _process = TrainingProcess.Start(words, folder: null, environment.Select(v => (v.Name, (string?)v.Value))),
                Tokenizer = context.Get(_tokenizer),
                Log = line => context.Screen.WriteErrorLine(new Styled(VisibleText.Escape(line), Tone.Dim)),
            },
            context.Cancel);
        var gate = failOn.Enabled.Select(filter => filter.Id).ToHashSet();
        return script is null && (context.Json is not null || !context.Screen.Traits.CanEdit)
            ? await Watch(context, source, recording, gate).ConfigureAwait(false)
            : await ExitCodeAsync(Attend(context, source, recording ?? Recording.Temporary(UserFolders.Recordings), script, interrupt, gate)).ConfigureAwait(false);
    }

    /// <summary>
    /// Ctrl-C is for the program. A terminal gives it to the program itself; who signals this process alone means the program. The third time is for a program that does not listen.
    /// </summary>
    private bool Interrupt(ScreenTraits traits)
    {
        if (_process is null or { Exited.IsCompleted: true } || Interlocked.Increment(ref _signals) > 2) return false;
        if (traits is { InputIsTerminal: false, OutputIsTerminal: false, ErrorIsTerminal: false }) _process.Interrupt();
        return true;
    }

    /// <summary>Of the program; where that is 0, what a check found counts.</summary>
    private async Task<int> ExitCodeAsync(bool failed) => await _process!.Exited.ConfigureAwait(false) is var code && code == ExitCode.Ok && failed ? ExitCode.CheckFailed : code;

    /// <summary>Reports stops and passes them. Disposes the source.</summary>
    private async Task<int> Watch(VerbContext context, ProbeSession source, Recording? recording, HashSet<string> gate)
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
        var exit = await ExitCodeAsync(gate.Overlaps(client.Anomalies)).ConfigureAwait(false);
        if (context.Json is { } json) json.Write("end", fields => RunJson.End(fields, session, client, forced: null, exit));
        else client.WriteSummary(forced: null);
        return exit;
    }

    /// <summary>A stop takes commands, of a script or of a person. When a script is done, the program goes on without stops; when a person is, it ends.</summary>
    /// <returns>Whether a filter of <paramref name="gate"/> fired.</returns>
    private bool Attend(VerbContext context, ProbeSession source, Recording recording, string[]? script, Func<bool> interrupt, HashSet<string> gate)
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

    private static FileStream Create(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError("MOE9118", $"--json-to {path} cannot be written: {error.Message}", $"Give a file in a folder that is there and that you may write.", error);
        }
    }
}
