using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Debugger;

/// <summary>Commands that say where to stop.</summary>
internal sealed class BreakpointCommands(DebugConsole console)
{
    public IEnumerable<ConsoleCommand> All =>
    [
        new(["break", "b", "br"], "GLOB [if C] [hits H] [mode decision|batch] [once]", $"stop at routers", Break)
        {
            Argument = CommandArgument.Place,
            More = $"GLOB matches router names, for example model.layers.*.mlp.gate, or L2 for layer 2; FILE:LINE is a line of the program or of the model listing. C is a condition (docs/conditions.md): entropy < 0.35 && selected(3). H is a hit count: 5, >5, %10. \"GLOB expert 7\" stops where expert 7 is selected; \"GLOB crosses load(7) > 3\" when that becomes true.",
        },
        new(["log"], "GLOB [if C]: TEXT {EXPR}", $"print a message there, do not stop", text => Show(console.Session.Breakpoints.Add(SourceLines.Resolve(BreakpointSpec.ParseLog(text), console.Current.Source)))) { Argument = CommandArgument.Place },
        new(["condition"], "N [C]", $"give breakpoint N another condition, or none", Condition),
        new(["hits"], "N [H]", $"give breakpoint N another hit count, or none", Hits),
        new(["delete", "d"], "N", $"remove breakpoint N", text => Tell(console.Session.Breakpoints.Remove(Arguments.Integer(text, "delete N")), text, $"breakpoint {Number(text)} removed")),
        new(["enable"], "N", $"let breakpoint N stop again", text => Tell(console.Session.Breakpoints.SetEnabled(Arguments.Integer(text, "enable N"), true), text, $"breakpoint {Number(text)} enabled")),
        new(["disable"], "N", $"keep breakpoint N, without stopping", text => Tell(console.Session.Breakpoints.SetEnabled(Arguments.Integer(text, "disable N"), false), text, $"breakpoint {Number(text)} disabled")),
        new(["filter"], "[ID[:SETTING=X,...] | off ID]", $"stop on an anomaly; alone: list the filters", Filter) { Argument = CommandArgument.Filter },
        new(["explain"], "N", $"why breakpoint N did (not) hit", Explain),
    ];

    private void Break(string text) => Show(console.Session.Breakpoints.Add(SourceLines.Resolve(BreakpointSpec.Parse(text.Length == 0 ? console.Stopped.Router.Name : text), console.Current.Source)));

    private void Condition(string text)
    {
        var (id, condition) = Arguments.NumberAndRest(text, "condition N [C]");
        Known(console.Session.Breakpoints.SetCondition(id, condition.Length > 0 ? condition : null), text);
        ShowSpec(id);
    }

    private void Hits(string text)
    {
        var (id, hits) = Arguments.NumberAndRest(text, "hits N [H]");
        Known(console.Session.Breakpoints.SetHits(id, hits.Length > 0 ? hits : null), text);
        ShowSpec(id);
    }

    private void ShowSpec(int id)
    {
        var breakpoint = Find(id);
        console.Screen.WriteParagraph(VisibleText.Escape(console.Screen.Text($"breakpoint {id}: {breakpoint.Spec}: {breakpoint.Message}")), 2);
    }

    private void Explain(string text)
    {
        var breakpoint = Find(Arguments.Integer(text, "explain N"));
        console.Screen.WriteParagraph(VisibleText.Escape(console.Screen.Text($"breakpoint {breakpoint.Id} {breakpoint.Describe()}")), 2);
    }

    private void Filter(string text)
    {
        var filters = console.Session.Filters;
        if (text.Length > 0) filters.SetFilter(text);
        var enabled = filters.Enabled;
        string[] states = [console.Screen.Text($"on"), console.Screen.Text($"off")];
        var width = states.Max(state => TextWidth.Of(state));
        foreach (var known in AnomalyMonitor.Known)
        {
            var on = enabled.Contains(known);
            console.Screen.WriteLine(new Styled($"  {TextLayout.Pad(on ? states[0] : states[1], width, Align.Left)}  {known.Id}", on ? Tone.Heading : Tone.Plain), new Styled($"  {known.Severity.ToString().ToLowerInvariant()}", Tone.Dim));
            if (known.Settings.Count > 0)
                console.Screen.WriteParagraph(string.Join(" ", known.Settings.Select(s => FormattableString.Invariant($"{s.Name}={s.Default}"))), 7, Tone.Dim);
        }
        console.Screen.WriteParagraph(console.Screen.Text($"Switch one on: filter ID, or filter ID:SETTING=X,...; off: filter off ID."), 2, Tone.Dim);
    }

    private void Show(Breakpoint breakpoint) =>
        console.Screen.WriteParagraph(VisibleText.Escape(console.Screen.Text($"breakpoint {breakpoint.Id}: {breakpoint.Message}")), 2, breakpoint.Verified ? Tone.Plain : Tone.Anomaly);

    private Breakpoint Find(int id) => console.Session.Breakpoints.All.FirstOrDefault(b => b.Id == id) ?? throw NoSuch(id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private void Tell(bool known, string text, FormattableString done)
    {
        Known(known, text);
        console.Screen.WriteLine("  " + console.Screen.Text(done));
    }

    private static string Number(string text) => text.Split(' ')[0];

    private static void Known(bool known, string text)
    {
        if (!known) throw NoSuch(Number(text));
    }

    private static UserError NoSuch(string id) => new("MOE9205", $"there is no breakpoint {id}.", $"List them with info breakpoints.");
}
