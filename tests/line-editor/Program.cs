// Runs the line editor for tests/e2e/test_line_editor.py, which types into it through a pseudo-terminal.
// Each line is answered with "got <line>"; the first argument is the file of the history.
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Terminal.Editing;
using MoeDevtools.Host.Verbs;

string[] words = ["break", "breakpoints", "continue", "print"];
using var interrupts = new Interrupts();
interrupts.Listen();
var screen = Screen.Open();
var editor = new LineEditor(screen, new History(args[0]), (line, cursor) =>
{
    int start = line.LastIndexOf(' ', Math.Max(0, cursor - 1)) + 1;
    return new CompletionSet(start, [.. words.Where(word => word.StartsWith(line[start..cursor], StringComparison.Ordinal))]);
});
try
{
    while (editor.ReadLine("(moe) ", interrupts.Token) is { } line)
    {
        screen.WriteLine($"got {VisibleText.Token(line, screen.Glyphs)}");
    }

    screen.WriteLine("end of input");
    return 0;
}
catch (OperationCanceledException)
{
    screen.WriteLine("cancelled");
    return interrupts.ExitCode ?? 1;
}
