using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Debugger;

internal sealed class HelpCommands(DebugConsole console)
{
    public IEnumerable<ConsoleCommand> All => [new(["help", "h", "?"], "[COMMAND]", "this list, or one command", Help) { Argument = CommandArgument.Command }];

    private void Help(string name)
    {
        if (name.Length > 0)
        {
            var command = console.Find(name);
            console.Screen.WriteLine($"  {string.Join(", ", command.Names)} {command.Usage}");
            if (command.Does.Length > 0) console.Screen.WriteParagraph(command.Does, 4);
            if (command.More is not null) console.Screen.WriteParagraph(command.More, 4);
            return;
        }
        var table = new Table(new Column(""), new Column("") { GivesWay = 2, MinWidth = 14 }, new Column("") { GivesWay = 1, MinWidth = 20 });
        foreach (var command in console.Commands) table.Add(string.Join(" ", command.Names.Take(2)), command.Usage, command.Does);
        table.Write(console.Screen);
        console.Screen.WriteLine(new Styled("  An empty line repeats a step. Ctrl-C pauses. Conditions: docs/conditions.md", Tone.Dim));
    }
}
