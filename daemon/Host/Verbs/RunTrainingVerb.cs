using System.CommandLine;
using MoeDevtools.Capture.Training;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>run-training</c>: a training program under the debugger. stdin, stdout and the exit code are the program's; what the debugger says goes to stderr.</summary>
internal sealed class RunTrainingVerb
{
    private readonly Argument<string[]> _command = new("COMMAND") { Help = $"after --: the program with its arguments", Arity = ArgumentArity.OneOrMore };
    private readonly TrainingRun _run = new();
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
        own._run.AddTo(verb);
        verb.Add(own._jsonTo);
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

    private Task<int> RunProgram(VerbContext context, Func<bool> interrupt)
    {
        var words = context.Get(_command);
        return _run.DebugAsync(
            context,
            new ProbeOptions
            {
                Name = string.Join(' ', words),
                Start = environment => _process = TrainingProcess.Start(words, folder: null, environment.Select(v => (v.Name, (string?)v.Value))),
            },
            interrupt, ExitCodeAsync);
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
