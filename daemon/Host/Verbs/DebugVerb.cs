using System.CommandLine;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Debugger;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Terminal.Editing;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>debug</c>: the interactive console.</summary>
internal static class DebugVerb
{
    public static Verb Create()
    {
        var (run, debug, force, record) = (new RunOptions(), new DebugRunOptions(), new ForceOptions(), new RecordOptions());
        var commands = new Option<string?>("--commands") { HelpName = "FILE", Help = $"run these commands, one a line, then end" };
        var verb = new Verb(
            "debug", $"stops a model at its routers: break, step, look, change, go on", context => Run(context, run, debug, force, record, commands),
            examples: [new("moe-devtools debug samples/olmoe-tiny -p \"7 * 3 =\"", $"Then: break L2 if entropy < 0.35, continue, into, mask 6, help."),
                new("moe-devtools debug MODEL -p Hi --commands script.txt", $"The same commands from a file.")]);
        run.AddTo(verb);
        debug.AddTo(verb);
        force.AddTo(verb);
        record.AddTo(verb);
        verb.Add(commands);
        return verb;
    }

    private static int Run(VerbContext context, RunOptions run, DebugRunOptions debug, ForceOptions force, RecordOptions record, Option<string?> commands)
    {
        var source = run.Open(context);    // the console disposes it
        using var forced = force.Open(context, source);
        var recording = record.Read(context, source) ?? (source.Recording is null ? Recording.Temporary(UserFolders.Recordings) : null);
        using var console = new DebugConsole(context, new ConsoleSession(source, run.Request(context, source), recording, forced), () => run.OpenModel(context));
        foreach (var breakpoint in debug.Apply(context, console.Session)) context.Screen.WriteParagraph(VisibleText.Escape(context.Screen.Text($"breakpoint {breakpoint.Id} {breakpoint.Spec}: {breakpoint.Message}")), 2);
        if (context.Get(commands) is { } file)
        {
            Script(console, DatasetReader.ReadText(file).Split('\n'));
            return console.Failed ? ExitCode.BadInput : ExitCode.Ok;
        }
        var first = console.Session.Routers[0].Id.Layer;
        context.Screen.WriteHeaded(new Styled(VisibleText.Escape(source.Name), Tone.Heading), context.Screen.Text(Description(console)));
        context.Screen.WriteParagraph(context.Screen.Text($"try: {$"break L{first} if entropy < 0.5 · continue · help"}"), 2, Tone.Dim);
        return Interactive(context, console);
    }

    private static FormattableString Description(DebugConsole console)
    {
        var sequences = console.Current.Request.Sequences;
        var routers = Numbers.Count(console.Session.Routers.Count);
        return sequences.Count switch
        {
            0 => (FormattableString)$"routers: {routers}, a recording",
            1 => $"routers: {routers}, prompt tokens: {Numbers.Count(sequences[0].Ids.Count)}",
            _ => $"routers: {routers}, documents: {Numbers.Count(sequences.Count)}, tokens: {Numbers.Count(sequences.Sum(s => (long)s.Ids.Count))}",
        };
    }

    private static void Script(DebugConsole console, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (!line.StartsWith('#')) console.Screen.WriteLine(new Styled("(moe) ", Tone.Dim), VisibleText.Escape(line.Trim()));
            console.Execute(line);
            if (console.Quitting) return;
        }
    }

    /// <summary>Reads commands until quit or the end of input.</summary>
    public static int Interactive(VerbContext context, DebugConsole console)
    {
        var screen = context.Screen;
        var editor = new LineEditor(screen, new History(Path.Combine(UserFolders.State, "history")), new Completer(console).Complete);
        while (!console.Quitting)
        {
            if (editor.ReadLine("(moe) ", context.Cancel) is not { } line) break;
            console.Execute(line);
        }
        return screen.IsInteractive || !console.Failed ? ExitCode.Ok : ExitCode.BadInput;
    }
}
