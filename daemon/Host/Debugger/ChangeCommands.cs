using MoeDevtools.Debugging;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Host.Debugger;

/// <summary>Commands that change routing: for the decision in focus, or from here on.</summary>
internal sealed class ChangeCommands(DebugConsole console)
{
    public IEnumerable<ConsoleCommand> All =>
    [
        .. InterventionParser.Words.Select(word => new ConsoleCommand([word], SessionCommands.UsageOf(word), SessionCommands.DoesOf(word), rest => Change($"{word} {rest}"))),
        new(["set"], "CHANGE[; CHANGE]", $"several changes of this decision at once", Change),
        new(["always"], "[GLOB [at POSITIONS]:] CHANGE", $"change routing from here on; without GLOB at this router", text => Show(console.Session.Always(text)))
        {
            More = $"always mask 6 changes this router from here on. always *: k 2 changes all routers. always L2 at 3,5-9: mask 6 changes positions of layer 2. The changes are those of set: {string.Join(", ", InterventionParser.Words)}.",
        },
        new(["undo"], "[N]", $"take change N back, or the last one", Undo),
    ];

    private void Change(string text)
    {
        _ = console.Stopped;
        Show(console.Session.Change(text));
    }

    private void Show(ActiveIntervention active)
    {
        console.Screen.WriteParagraph(console.Screen.Text($"change {active.Id}: {active.Words}"), 2);
        ShowDecision();
        if (console.Session.Stopped is { } stop && !stop.Batch.IsChanged(stop.Row)) console.Screen.WriteParagraph(console.Screen.Text($"this decision stays as it is"), 2, Tone.Dim);
    }

    private void Undo(string text)
    {
        if (text.Length > 0) console.Session.RemoveIntervention(Arguments.Integer(text, "undo [N]"));
        else console.Session.UndoLast();
        ShowDecision();
    }

    private void ShowDecision()
    {
        if (console.Session.Stopped is { } stop) console.Show(stop);
    }
}
