using System.CommandLine;
using System.Diagnostics;
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
    private const string Place = "L3 if position > 4 && entropy < 0.2";
    private const int NewTokens = 16;

    public static Verb Create() => new(
        "demo", $"the first minute: a sample model, a routing breakpoint, a change", Run,
        examples: [new("moe-devtools demo", $"At a terminal it goes on as a debug console.")]);

    private static int Run(VerbContext context)
    {
        var screen = context.Screen;
        var folder = SampleFolder();
        var clock = Stopwatch.GetTimestamp();
        var model = ModelSession.Open(folder);    // the console disposes it
        var (router, took) = (model.Model.Routers[0], Took(clock));
        string[] labels = [screen.Text($"model"), screen.Text($"prompt"), screen.Text($"text")];
        var head = Array.ConvertAll(labels, label => new Styled(TextLayout.Pad(label, labels.Max(each => TextWidth.Of(each)), Align.Left), Tone.Heading));
        screen.WriteHeaded(
            head[0],
            screen.Text($"{model.Checkpoint.Config.ModelType}, {Numbers.Count(model.Model.Parameters)} parameters, opened in {took}; in each of its layers a router picks {router.Rule.K} of {router.Experts} experts for each token"));
        screen.WriteParagraph(folder, TextWidth.Of(head[0].Text) + 2, Tone.Dim);
        screen.WriteHeaded(head[1], Prompt);
        var request = new RunRequest { Sequences = [model.FromText(Prompt)], MaxNewTokens = NewTokens };
        clock = Stopwatch.GetTimestamp();
        screen.WriteHeaded(head[2], $"{Generate(model, request, screen.Glyphs, context.Cancel)}  ({Took(clock)})");
        screen.WriteLine();

        screen.WriteParagraph(screen.Text($"Where is a router nearly certain? Stop there, in the middle of the run:"));
        using var console = new DebugConsole(context, new ConsoleSession(model, request, Recording.Temporary(UserFolders.Recordings)), () => ModelSession.Open(folder));
        Show(console, $"break {Place}");
        clock = Stopwatch.GetTimestamp();
        Show(console, "continue");
        screen.WriteParagraph(screen.Text($"({Took(clock)} to the stop)"), 2, Tone.Dim);
        screen.WriteLine();
        screen.WriteParagraph(
            screen.Text($"weight is what an expert's output is multiplied by, score the router's probability, load the tokens an expert got against its fair share (1.0x). The best expert that was left out stands at the cut; entropy is 0 for a certain router and 1 for one that knows nothing."),
            2, Tone.Dim);
        Show(console, "stack");
        Show(console, "list");
        screen.WriteLine();
        if (screen.IsInteractive && screen.Traits.CanEdit)
        {
            screen.WriteParagraph(screen.Text($"Your turn: into (next token), over (next layer), mask 0, print router_logits, continue, help, quit."));
            return DebugVerb.Interactive(context, console);
        }
        var top = console.Stopped.Batch.ExpertsOf(console.Stopped.Row)[0];
        screen.WriteParagraph(screen.Text($"What does expert {top} do? Take it away from here on, and run to the end:"));
        Show(console, $"always mask {top}");
        Show(console, "delete 1");
        clock = Stopwatch.GetTimestamp();
        Show(console, "continue");
        screen.WriteParagraph(screen.Text($"({Took(clock)}; compare the text with the one above)"), 2, Tone.Dim);
        screen.WriteLine();
        screen.WriteHeaded(new Styled(screen.Text($"next"), Tone.Heading), screen.Text($"at a terminal the demo goes on as a console; moe-devtools debug MODEL -p TEXT is that console on your own checkpoint, inspect MODEL shows what it is, --help the rest."));
        return console.Failed ? ExitCode.BadInput : ExitCode.Ok;
    }

    /// <summary>The text that the model writes by itself, as it is shown.</summary>
    private static string Generate(ModelSession model, RunRequest request, Glyphs glyphs, CancellationToken cancelled)
    {
        var run = new LastText();
        model.Run(request, sink: null, run, cancelled);
        return VisibleText.Token(run.Text!, glyphs);
    }

    private sealed class LastText : IRunObserver
    {
        public string? Text { get; private set; }

        public void OnSequence(int index, SequenceInput input)
        {
        }

        public void OnToken(GeneratedToken token)
        {
        }

        public void OnSequenceEnd(SequenceResult result) => Text = result.Text;
    }

    private static void Show(DebugConsole console, string command)
    {
        var lines = TextLayout.Wrap(command, console.Screen.Width, indent: 6, firstIndent: 6);
        console.Screen.WriteLine(new Styled("(moe) ", Tone.Dim), lines[0]);
        foreach (var line in lines.Skip(1)) console.Screen.WriteLine(line);
        console.Execute(command);
    }

    private static string Took(long since) => Numbers.Duration(Stopwatch.GetElapsedTime(since));

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
