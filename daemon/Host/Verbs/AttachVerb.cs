using System.CommandLine;
using MoeDevtools.Capture.Training;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>attach</c>: a training that runs already. It goes on when the debugger leaves.</summary>
internal static class AttachVerb
{
    public static Verb Create()
    {
        var process = new Argument<string?>("PROCESS") { Help = $"number or address of a process that waits; without it they are listed", Arity = ArgumentArity.ZeroOrOne };
        var run = new TrainingRun();
        var verb = new Verb(
            "attach", $"debugs a training that runs already", context => Run(context, process, run), json: true,
            examples:
            [
                new("moe-devtools attach", $"Lists what waits: programs with moe_devtools.attach(model) or MOE_DEVTOOLS_PROBE=listen."),
                new("moe-devtools attach 4711 --break \"train.py:81 if maxVio > 4\"", $"At a terminal a stop takes commands; quit lets the training go on."),
            ]);
        verb.Add(process);
        run.AddTo(verb);
        return verb;
    }

    private static Task<int> Run(VerbContext context, Argument<string?> process, TrainingRun run)
    {
        if (context.Get(process) is { } which)
        {
            var processes = WaitingProcesses.Find(which);
            return run.DebugAsync(context, new ProbeOptions { Name = processes[0].Command, Processes = processes }, interrupt: null, failed => Task.FromResult(failed ? ExitCode.CheckFailed : ExitCode.Ok));
        }
        List(context);
        return Task.FromResult(ExitCode.Ok);
    }

    private static void List(VerbContext context)
    {
        var (screen, waiting) = (context.Screen, WaitingProcesses.List());
        if (context.Json is { } json)
        {
            foreach (var process in waiting)
                json.Write("process", fields =>
                {
                    fields.WriteNumber("pid", process.ProcessId);
                    fields.WriteString("command", process.Command);
                    fields.WriteString("folder", process.Folder);
                    fields.WriteString("address", process.Address);
                    fields.WriteNumber("rank", process.Rank);
                    fields.WriteNumber("ranks", process.WorldSize);
                    if (process.Debugger is { } debugger) fields.WriteString("debugger", debugger);
                });
            return;
        }
        if (waiting.Count == 0)
        {
            screen.WriteParagraph(screen.Text($"No training waits to be attached to. One does that was started with moe_devtools.attach(model) in it, or with MOE_DEVTOOLS_PROBE=listen and PYTHONPATH={PythonProbe.Environment(null).Value}."));
            return;
        }
        var table = new Table(new Column($"process", Align.Right), new Column($"rank", Align.Right), new Column($"program"), new Column($"folder"), new Column($"state"));
        foreach (var process in waiting)
            table.Add(
                FormattableString.Invariant($"{process.ProcessId}"), process.WorldSize == 1 ? "–" : FormattableString.Invariant($"{process.Rank}/{process.WorldSize}"),
                VisibleText.Escape(process.Command), VisibleText.Escape(process.Folder), screen.Text(process.Debugger is { } debugger ? (FormattableString)$"also debugged by {debugger}" : $"waits"));
        table.Write(screen);
    }
}
