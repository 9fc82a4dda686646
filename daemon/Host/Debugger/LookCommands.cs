using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Views;
using MoeDevtools.Messages;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Debugger;

/// <summary>Commands that look and change nothing.</summary>
internal sealed class LookCommands(DebugConsole console)
{
    private static readonly string[] TopicNames = ["breakpoints", "changes", "filters", "model", "router", "stops"];

    public IEnumerable<ConsoleCommand> All =>
    [
        new(["stack", "bt", "where"], "", $"token, router, step", _ => Stack()),
        new(["decision"], "", $"the stop again", _ => console.Show(console.Stopped)),
        new(["print", "p"], "EXPR", $"any expression of the condition language, or a whole column", Print) { Argument = CommandArgument.Expression },
        new(["rows"], "[all]", $"every row of this batch with its experts", Rows),
        new(["list", "l"], "[GLOB] [all]", $"routers with their loads so far", List) { Argument = CommandArgument.Place },
        new(["info", "i"], string.Join("|", TopicNames), $"what is set, what runs, where it stopped", Info) { Argument = CommandArgument.Topic },
        new(["history"], "", $"commands so far", _ => History()),
    ];

    public static IReadOnlyList<string> Topics => TopicNames;

    private void Stack()
    {
        var stop = console.Stopped;
        var (pass, row) = (stop.Batch.Pass, stop.Row);
        var screen = console.Screen;
        var (position, sequence, id) = (pass.Rows.Position[row], pass.Rows.Sequence[row], pass.Rows.TokenId[row]);
        var text = pass.Rows.Text[row] is { } token ? VisibleText.Token(token, screen.Glyphs) : id >= 0 ? $"id {id}" : screen.Text($"unknown");
        screen.WriteLine($"  0  {screen.Text(position >= 0 ? (FormattableString)$"token {position} {text}" : $"row {row}, token {text}")}");
        screen.WriteLine($"  1  {screen.Text($"router L{stop.Router.Id.Layer} {stop.Router.Name}")}");
        var step = screen.Text($"step {pass.Step} ({pass.Phase.Word()})");
        screen.WriteLine("  2  " + string.Join(", ", new[] { step, pass.Pass > 0 ? screen.Text($"pass {pass.Pass}") : "", sequence >= 0 ? screen.Text($"sequence {sequence}") : "" }.Where(part => part.Length > 0)));
    }

    private void Print(string text)
    {
        if (text.Length == 0) throw new UserError("MOE9207", $"there is nothing to print.", $"Write an expression: print entropy, print router_logits, print load(3).");
        var stop = console.Stopped;
        var value = Expressions.Evaluate(text, stop.Batch, stop.Row, console.Session.LoadsOf(stop.Router));
        console.Screen.WriteParagraph($"{value.Name} = {value.Render(most: 64)}", 2);
    }

    private void Rows(string rest)
    {
        var batch = console.Stopped.Batch;
        var table = new Table(new Column($"row", Align.Right), new Column($"token") { GivesWay = 2, MinWidth = 8 }, new Column($"experts") { GivesWay = 1 }, new Column($"entropy", Align.Right));
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            var weights = batch.WeightsOf(row).ToArray();
            var experts = string.Join(" · ", batch.ExpertsOf(row).ToArray().Select((e, j) => e < 0 ? "–" : $"E{e} {Numbers.Real(weights[j])}"));
            var tone = row == console.Stopped.Row ? Tone.Hit : Tone.Plain;
            var token = batch.Pass.Rows.Text[row] is { } text ? VisibleText.Token(text, console.Screen.Glyphs) : batch.Pass.Rows.TokenId[row] is var id and >= 0 ? $"{id}" : "–";
            table.Add(new Styled($"{row}", tone), new Styled(token, tone), experts, Numbers.Real(Formulas.NormalisedEntropy(batch.ScoresOf(row))));
        }
        table.Write(console.Screen, limit: rest == "all" ? int.MaxValue : 20, showAll: "rows all");
    }

    private void List(string rest)
    {
        var words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
        var all = words.Remove("all");
        var glob = words.Count > 0 ? words[0] : "*";
        var matched = RouterNames.Match(glob, console.Session.Routers);
        if (matched.Count == 0)
            throw new UserError("MOE9208", $"no router is named \"{glob}\".", $"Nearest: {string.Join(", ", RouterNames.Nearest(glob, console.Session.Routers))}.");
        var totals = matched.Select(console.Session.TotalsOf).ToList();
        if (totals.TrueForAll(t => t.Tokens == 0))
        {
            foreach (var router in matched) console.Screen.WriteParagraph($"{router.Name}  {router.Rule.Describe(console.Screen.Translations)}", 2);
            console.Screen.WriteParagraph(
                console.Screen.Text(console.Session.State == SessionState.Idle ? (FormattableString)$"no loads yet: nothing has run; continue starts the run" : $"no loads yet: the run has not come this far"), 2, Tone.Dim);
            return;
        }
        if (matched.Count == 1) ExpertsOf(totals[0], all);
        else LoadsView.Write(console.Screen, totals, all ? int.MaxValue : 16, rest.Length > 0 ? $"list {glob} all" : "list all");
    }

    private void ExpertsOf(RouterTotals totals, bool all)
    {
        console.Screen.WriteParagraph($"{totals.Router.Name}  {console.Screen.Translations.List([.. totals.Router.Rule.Words, $"tokens: {Numbers.Count(totals.Tokens)}"])}", 2);
        var table = new Table(new Column($"expert"), new Column($"tokens", Align.Right), new Column($"load", Align.Right), new Column($"") { BarWidth = 24, GivesWay = 1 });
        var most = Math.Max(1, totals.Counts.Max());
        foreach (var e in Enumerable.Range(0, totals.Counts.Length).OrderByDescending(e => totals.Counts[e]))
            table.Add($"E{e}", Numbers.Count(totals.Counts[e]), LoadsView.Load(console.Screen, totals, e), Cell.Bar((double)totals.Counts[e] / most));
        table.Write(console.Screen, limit: all ? int.MaxValue : 16, showAll: $"list {(totals.Router.Aliases is [var alias, ..] ? alias : totals.Router.Name)} all");
        if (totals.MayHoldPadding) console.Screen.WriteParagraph(console.Screen.Text(LoadsView.PaddingUnknown), 2, Tone.Dim);
    }

    private void Info(string topic)
    {
        var screen = console.Screen;
        if (topic.Length == 0)
        {
            screen.WriteParagraph($"info {string.Join(" | ", TopicNames)}", 2);
            return;
        }
        switch (TopicNames.FirstOrDefault(t => t.StartsWith(topic, StringComparison.Ordinal)))
        {
            case "breakpoints":
                if (console.Session.Breakpoints.All.Count == 0) screen.WriteLine("  " + screen.Text($"no breakpoints; set one with: {"break L0 if entropy < 0.5"}"));
                foreach (var b in console.Session.Breakpoints.All)
                    screen.WriteHeaded(new Styled($"  {b.Id}", Tone.Heading), VisibleText.Escape(screen.Text(b.Describe())));
                break;
            case "changes":
                if (console.Session.Interventions.Count == 0) screen.WriteLine("  " + screen.Text($"nothing is changed"));
                foreach (var active in console.Session.Interventions) screen.WriteParagraph($"{active.Id}  {screen.Text(active.Words)}", 2);
                break;
            case "filters":
                console.Execute("filter");
                break;
            case "model":
                if (console.Current.Source is not ModelSession model)
                {
                    var name = console.Current.Source.Name;
                    screen.WriteParagraph(screen.Text(console.Current.Source.Recording is null ? (FormattableString)$"{name}  a training program" : $"{name}  a recording"), 2);
                    break;
                }
                screen.WriteParagraph(screen.Text($"{model.Checkpoint.Folder}  {model.Checkpoint.Config.ModelType}, layers {model.Model.DescribeLayers().Count()}, on {model.Model.Backend.Description}"), 2);
                foreach (var layer in model.Model.DescribeLayers())
                    screen.WriteHeaded(model.Model.HasEncoder ? $"  {layer.Stack} {layer.Index}" : $"  {layer.Index}", layer.Describe(screen.Translations));
                break;
            case "router":
                var router = console.Stopped.Router;
                screen.WriteParagraph($"{router.Name}  ({string.Join(", ", router.Aliases)})  {router.Rule.Describe(screen.Translations)}", 2);
                break;
            case "stops":
                if (console.Stops.Count == 0) screen.WriteLine("  " + screen.Text($"no stops yet"));
                foreach (var stop in console.Stops.TakeLast(20)) screen.WriteParagraph(VisibleText.Escape(stop), 2);
                break;
            default:
                throw new UserError("MOE9209", $"info knows nothing of \"{topic}\".", $"Topics: {string.Join(", ", TopicNames)}.");
        }
    }

    private void History()
    {
        foreach (var (line, i) in console.Entered.Select((l, i) => (l, i)).TakeLast(50)) console.Screen.WriteLine($"  {i + 1,3}  {VisibleText.Escape(line)}");
    }
}
