using System.Globalization;
using System.Text;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Servers.Dap.Requests;

/// <summary>What a person types in the debug console besides expressions.</summary>
internal sealed class ReplCommands(Connection connection)
{
    private readonly string[] _changes = [.. InterventionParser.Words];

    /// <summary>The commands, with a line about each.</summary>
    public IEnumerable<(string Name, FormattableString Does)> Words =>
    [
        ("explain", $"breakpoint N: why it did or did not stop"),
        ("info", $"breakpoints, changes or filters"),
        ("always", $"[GLOB [at POSITIONS]:] CHANGE: change routing from here on"),
        ("set", $"CHANGE[; CHANGE]: several changes of this decision at once"),
        ("undo", $"[N]: take change N back, or the last one"),
        ("filter", $"ID[:SETTING=X,...] or off ID: stop on an anomaly"),
        ("branch", $"run on from this decision in a session of its own"),
        ("row", $"N: look at another row of this batch"),
        ("help", $"this list"),
        .. _changes.Select(word => (word, (FormattableString)$"{SessionCommands.UsageOf(word)}: {SessionCommands.DoesOf(word)}")),
    ];

    /// <summary>Runs a command; false where the text is none, and so an expression.</summary>
    /// <param name="told">What it has to say.</param>
    /// <param name="changed">To be called once that was said; null = nothing changed.</param>
    /// <exception cref="UserError"/>
    public bool TryRun(string text, out string told, out Action? changed)
    {
        (told, changed) = ("", null);
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var (word, rest) = space < 0 ? (text, "") : (text[..space], text[(space + 1)..].Trim());
        switch (word)
        {
            case "help" or "?":
                told = Help();
                return true;
            case "explain":
                told = Explain(rest);
                return true;
            case "info":
                told = Info(rest);
                return true;
            case "filter":
                connection.NeedDebuggee().Session.Filters.SetFilter(rest);
                told = Info("filters");
                return true;
            case "undo":
                Undo(rest);
                told = Info("changes");
                changed = connection.NeedDebuggee().Entry.NotifyChanged;
                return true;
            case "branch" when rest.Length == 0:
                var branch = connection.Branch();
                told = (string)branch.Configuration["name"]!;
                changed = () => connection.Start(branch);
                return true;
            case "row" when IsNumber(rest):
                var stop = connection.NeedDebuggee().Session.Focus(Number(rest));
                told = Text($"row {stop.Row}");
                changed = () => Refocus(stop);
                return true;
            case "always" or "set":
                told = Changed(word == "always" ? connection.NeedPresent().Always(rest) : connection.NeedPresent().Change(rest));
                break;
            case "k" when !IsNumber(rest):                    // the number of chosen experts, as in "k == 2"
                return false;
            default:
                if (!_changes.Contains(word)) return false;
                told = Changed(connection.NeedPresent().Change(text));
                break;
        }
        changed = connection.NeedDebuggee().Entry.NotifyChanged;
        return true;
    }

    /// <summary>Another row is another place: the client asks for all of it again. What made the session stop was told already.</summary>
    private void Refocus(Stop stop)
    {
        connection.Events.Moves("goto");
        connection.Events.Tell(stop with { Anomalies = [] });
    }

    private string Changed(ActiveIntervention active)
    {
        var stop = connection.NeedDebuggee().Session.Stopped;
        var change = Text($"change {active.Id}: {active.Words}");
        return stop is not null && !stop.Batch.IsChanged(stop.Row) ? $"{change}\n{Text($"this decision stays as it is")}" : change;
    }

    private void Undo(string rest)
    {
        if (rest.Length == 0) connection.NeedDebuggee().Session.UndoLast();
        else connection.NeedDebuggee().Session.RemoveIntervention(Number(rest));
    }

    private string Explain(string rest)
    {
        var number = Number(rest.StartsWith("breakpoint ", StringComparison.Ordinal) ? rest["breakpoint ".Length..].Trim() : rest);
        var breakpoint = connection.Breakpoints.All.FirstOrDefault(b => b.Id == number)
            ?? throw new UserError("MOE7046", $"there is no breakpoint {number}.", $"List them with info breakpoints.");
        return Text($"breakpoint {number} {breakpoint.Explain(connection.Outbox.Translations)}");
    }

    private string Info(string topic)
    {
        var session = connection.NeedDebuggee().Session;
        var lines = topic switch
        {
            "breakpoints" => connection.Breakpoints.All.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Id}  {b.Explain(connection.Outbox.Translations)}")),
            "changes" => session.Interventions.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Id}  {Text(a.Words)}")),
            "filters" => AnomalyMonitor.Known.Select(known => $"{(session.Filters.Enabled.Contains(known) ? Text($"on").PadRight(3) : Text($"off"))}  {known.Id}"),
            _ => throw new UserError("MOE7047", $"info knows nothing of \"{topic}\".", $"Topics: breakpoints, changes, filters."),
        };
        var text = string.Join('\n', lines);
        return text.Length > 0 ? text : Text(topic == "breakpoints" ? $"no breakpoints" : (FormattableString)$"no changes");
    }

    private string Help()
    {
        var text = new StringBuilder(Text($"An expression of the condition language shows its value: entropy, load(3), router_logits."));
        foreach (var (name, does) in Words) text.Append(CultureInfo.InvariantCulture, $"\n  {name,-20}{Text(does)}");
        return text.ToString();
    }

    private string Text(FormattableString sentence) => connection.Outbox.Translations.Text(sentence);

    private static bool IsNumber(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new UserError("MOE7048", $"\"{text}\" is not a number.", $"Write the number that info shows.");
}
