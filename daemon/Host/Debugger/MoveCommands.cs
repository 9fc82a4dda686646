using MoeDevtools.Debugging;

namespace MoeDevtools.Host.Debugger;

/// <summary>Commands that let the model run.</summary>
internal sealed class MoveCommands(DebugConsole console)
{
    public IEnumerable<ConsoleCommand> All =>
    [
        new(["continue", "c", "run", "r"], "", $"start, or go on to the next stop", _ => console.Go(StepKind.Continue)),
        new(["over", "next", "n"], "", $"same token, next router", _ => console.Go(StepKind.Over)),
        new(["into", "step", "s"], "", $"next token, same router", _ => console.Go(StepKind.Into)),
        new(["out", "finish"], "", $"first router of the next step", _ => console.Go(StepKind.Out)),
        new(["restart"], "", $"run again from the start; breakpoints and lasting changes stay", _ => console.Restart()),
        new(["row"], "N", $"look at another row of this batch; runs nothing", Row),
        new(["quit", "q", "exit"], "", $"end", _ => console.Quitting = true),
    ];

    private void Row(string rest)
    {
        _ = console.Stopped;
        console.Show(console.Session.Focus(Arguments.Integer(rest, "row N")));
    }
}
