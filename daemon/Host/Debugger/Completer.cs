using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Host.Terminal.Editing;

namespace MoeDevtools.Host.Debugger;

/// <summary>What Tab offers in the debug console: commands, router names, the condition language, topics.</summary>
internal sealed class Completer(DebugConsole console)
{
    /// <summary>Completions of the word that ends at <paramref name="cursor"/>.</summary>
    public CompletionSet Complete(string line, int cursor)
    {
        var before = line[..cursor];
        var space = before.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0) return Words(before, 0, console.Commands.Select(c => c.Names[0]));
        var command = console.Commands.FirstOrDefault(c => c.Names.Contains(before[..space]));
        var word = before.LastIndexOf(' ') + 1;
        return command?.Argument switch
        {
            CommandArgument.Command => Words(before, word, console.Commands.Select(c => c.Names[0])),
            CommandArgument.Topic => Words(before, word, LookCommands.Topics),
            CommandArgument.Filter => Words(before, word, AnomalyMonitor.Known.Select(k => k.Id)),
            CommandArgument.Expression => Condition(before, space + 1),
            CommandArgument.Place when before.IndexOf(" if ", StringComparison.Ordinal) is var at and >= 0 => Condition(before, at + 4),
            CommandArgument.Place when !string.IsNullOrWhiteSpace(before[space..word]) => Words(before, word, ["if", "hits", "mode", "once", "expert", "crosses"]),
            CommandArgument.Place => Words(before, word, console.Session.Routers.Select(r => r.Name)),
            _ => CompletionSet.None,
        };
    }

    private static CompletionSet Words(string before, int start, IEnumerable<string> words) =>
        new(start, [.. words.Where(w => w.StartsWith(before[start..], StringComparison.Ordinal)).Order(StringComparer.Ordinal)]);

    private CompletionSet Condition(string before, int start)
    {
        var text = before[start..];
        var word = text.Length;
        while (word > 0 && (char.IsLetterOrDigit(text[word - 1]) || text[word - 1] == '_')) word--;
        return new CompletionSet(start + word, [.. Completions.At(text, text.Length, console.Session.Routers).Select(c => c.Text)]);
    }
}
