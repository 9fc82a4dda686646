using System.CommandLine;
using System.Diagnostics;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Debugger;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>demo</c>: the newcomer's first minute: loads the sample model, runs a prompt, stops at a routing breakpoint, shows what there is to see.</summary>
internal static class DemoVerb
{
    private const string Prompt = "One morning, Anna went to the garden with her friend Tom. Anna was hungry, so";
    private const string Place = "model.layers.3.mlp.gate if position > 4 && entropy < 0.2";
    private const int NewTokens = 16;

    public static Verb Create() => new(
        "demo", "the first minute: a sample model, a routing breakpoint, a change", Run,
        examples: [new("moe-devtools demo", "At a terminal it goes on as a debug console.")]);

    private static int Run(VerbContext context)
    {
        var screen = context.Screen;
        var folder = SampleFolder();
        var clock = Stopwatch.GetTimestamp();
        using var model = ModelSession.Open(folder);
        screen.WriteLine(new Styled("model", Tone.Heading), $"   {model.Checkpoint.Config.ModelType}, {Numbers.Count(model.Checkpoint.ParameterCount)} parameters, routers: {model.Model.Routers.Count}"
            + $" of {model.Model.Routers[0].Experts} experts, top-{model.Model.Routers[0].Rule.K}", Took(clock));
        screen.WriteParagraph($"{folder}  (trained on six small grammars; see samples/README.md)", 8, Tone.Dim);
        screen.WriteLine(new Styled("prompt", Tone.Heading), "  " + Prompt);
        screen.WriteLine(new Styled("break", Tone.Heading), "   " + Place);
        screen.WriteLine();

        var request = new RunRequest { Sequences = [model.FromText(Prompt)], MaxNewTokens = NewTokens };
        using var console = new DebugConsole(context, model, request);
        console.Session.Breakpoints.Add(BreakpointSpec.Parse(Place));
        clock = Stopwatch.GetTimestamp();
        console.Go(StepKind.Continue);
        screen.WriteLine(new Styled("  run to the stop", Tone.Dim), Took(clock));
        foreach (var command in new[] { "stack", "list L3" }) Show(console, command);

        screen.WriteLine();
        if (screen.IsInteractive && screen.Traits.CanEdit)
        {
            screen.WriteParagraph("Your turn: into (next token), over (next layer), mask 6, print router_logits, continue, help, quit.");
            return DebugVerb.Interactive(context, console);
        }
        var top = console.Stopped.Batch.ExpertsOf(console.Stopped.Row)[0];
        Show(console, $"mask {top}");
        Show(console, "delete 1");
        clock = Stopwatch.GetTimestamp();
        Show(console, "continue");
        screen.WriteLine(new Styled("  the rest of the run", Tone.Dim), Took(clock));
        screen.WriteLine();
        screen.WriteParagraph("Next: moe-devtools debug MODEL -p \"...\" for your own checkpoint, moe-devtools inspect MODEL, moe-devtools --help.");
        return console.Failed ? ExitCode.BadInput : ExitCode.Ok;
    }

    private static void Show(DebugConsole console, string command)
    {
        console.Screen.WriteLine("");
        console.Screen.WriteLine(new Styled("(moe) ", Tone.Dim), command);
        console.Execute(command);
    }

    private static Styled Took(long since) => new("   " + Numbers.Duration(Stopwatch.GetElapsedTime(since)), Tone.Dim);

    /// <summary>samples/olmoe-tiny beside the program's source tree, found from where the program lies upwards.</summary>
    private static string SampleFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var sample = Path.Combine(folder.FullName, "samples", "olmoe-tiny");
            if (Directory.Exists(sample)) return sample;
        }
        throw new UserError("MOE9140", $"the sample model samples/olmoe-tiny is not above {AppContext.BaseDirectory}.", $"Run moe-devtools from its own repository.");
    }
}
