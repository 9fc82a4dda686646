using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Debugger;

internal sealed class HelpCommands(DebugConsole console)
{
    public IEnumerable<ConsoleCommand> All => [new(["help", "h", "?"], "[COMMAND]", $"this list, or one command", Help) { Argument = CommandArgument.Command }];

    private void Help(string name)
    {
        if (name.Length > 0)
        {
            var command = console.Find(name);
            console.Screen.WriteParagraph($"{string.Join(", ", command.Names)} {command.Usage}", 2);
            console.Screen.WriteParagraph(console.Screen.Text(command.Does), 4);
            if (command.More is not null) console.Screen.WriteParagraph(console.Screen.Text(command.More), 4);
            return;
        }
        var column = console.Commands.Max(c => Label(c).Length) + 4;
        foreach (var (heading, commands) in console.Groups)
        {
            if (heading is not null) console.Screen.WriteLine(new Styled(console.Screen.Text(heading), Tone.Heading));
            foreach (var command in commands) Entry(Label(command), console.Screen.Text(command.Does), column);
        }
        console.Screen.WriteParagraph(console.Screen.Text($"help COMMAND says what it takes. An empty line repeats a step. Ctrl-C pauses. Conditions: docs/conditions.md"), 2, Tone.Dim);
    }

    private static string Label(ConsoleCommand command) => string.Join(", ", command.Names.Take(2));

    private void Entry(string label, string does, int column)
    {
        var lines = TextLayout.Wrap(console.Screen.Glyphs.Fold(does), console.Screen.Width, column, firstIndent: column);
        console.Screen.WriteLine(("  " + label).PadRight(column), lines[0]);
        foreach (var line in lines.Skip(1)) console.Screen.WriteLine(line);
    }
}
