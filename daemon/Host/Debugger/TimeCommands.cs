using MoeDevtools.Debugging;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Debugger;

/// <summary>Commands that go back in what is recorded, and on from there.</summary>
internal sealed class TimeCommands(DebugConsole console)
{
    public IEnumerable<ConsoleCommand> All =>
    [
        new(["back"], "", $"undo over: same token, router before", _ => console.Travel(console.Session.Back)),
        new(["reverse", "rc"], "", $"to the previous hit", _ => console.Travel(() => console.Session.ReverseContinue(console.Cancel))),
        new(["goto"], "STEP", $"to the first decision of a step that is recorded", GoTo),
        new(["branch"], "", $"run on from the decision in focus, in a session of its own", _ => console.Branch())
        {
            More = $"A branch rebuilds the state before the step in focus with the decisions that were recorded, and stops where you are. Change something there and continue: until the first change it is the original run. session lists the branches and changes between them.",
        },
        new(["session"], "[N]", $"the sessions; with N go to another", Session),
    ];

    private void GoTo(string text)
    {
        var step = Arguments.Integer(text, "goto STEP");
        console.Travel(() => console.Session.GoTo(step));
    }

    private void Session(string text)
    {
        if (text.Length > 0) console.SwitchTo(Arguments.Integer(text, "session [N]"));
        foreach (var (session, i) in console.Sessions.Select((s, i) => (s, i)))
        {
            FormattableString stands = session.Session.Stopped is { } stop ? (FormattableString)$"at step {stop.Cursor.Step}, {stop.Router.Name}" : session.Ended ? (FormattableString)$"ended" : $"not started";
            console.Screen.WriteParagraph($"{(session == console.Current ? "*" : " ")} {i}  {console.Screen.Text(session.Words)}; {console.Screen.Text(stands)}", 2);
        }
    }
}
