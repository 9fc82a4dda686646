using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Analysis.Policies;
using MoeDevtools.Host.Debugger;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Host;

/// <summary>docs/cli.md says what the program has, and nothing else.</summary>
public sealed class CliDocsTests
{
    private const string Title = "\n#{2,3} ";

    private static readonly string Page = Repository.Read("docs/cli.md");

    [Fact]
    public void Verbs_AreThoseOfTheCatalogue()
    {
        Assert.Equal(Verbs().Select(HeadingOf), Regex.Matches(Part("## Verbs", "\n## "), "^### (.*)$", RegexOptions.Multiline).Select(m => m.Groups[1].Value));
    }

    [Fact]
    public void Options_AreThoseOfEachVerb()
    {
        foreach (var verb in Verbs())
        {
            var own = Part("### " + HeadingOf(verb), Title);
            var listed = new[] { ("(#what-to-run)", "## What to run"), ("(#stops-and-changes)", "## Stops and changes"), ("(#recordings)", "## Recordings"), ("(#forced-routing)", "### Forced routing") }
                .Where(shared => own.Contains(shared.Item1, StringComparison.Ordinal)).SelectMany(shared => FirstCells(Part(shared.Item2, Title))).Concat(FirstCells(own));
            Assert.Equal(verb.Options.Where(o => !o.Hidden).Select(LabelOf).Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void ConsoleCommands_AreThoseOfTheConsole()
    {
        // Without a console behind them they can be listed, not run.
        var commands = new MoveCommands(null!).All.Concat(new TimeCommands(null!).All).Concat(new BreakpointCommands(null!).All).Concat(new LookCommands(null!).All)
            .Concat(new ChangeCommands(null!).All).Concat(new HelpCommands(null!).All).ToList();
        var changes = InterventionParser.Words.ToHashSet(StringComparer.Ordinal);
        Assert.Equal(commands.Where(c => !changes.Contains(c.Names[0])).Select(Row), Rows(Part("## Debug console", Title)).Select(Start));
        Assert.Equal(commands.Where(c => changes.Contains(c.Names[0])).Select(Row), Rows(Part("### Interventions", Title)).Select(Start));

        static string Row(ConsoleCommand command) =>
            $"| `{string.Join(", ", command.Names)}` | {(command.Usage.Length > 0 ? $"`{command.Usage.Replace("|", "\\|", StringComparison.Ordinal)}`" : "")} |";
        static string Start(string row) => Regex.Match(row, @"^\| `[^`]*` \| (`[^`]*`)? \|").Value;
    }

    [Fact]
    public void Policies_AreThoseOfTheCatalogue() =>
        Assert.Equal(
            PolicyCatalogue.Known.Select(p => $"| `{p.Name}` | {string.Join("; ", p.Parameters.Select(x => Setting(x.Name, x.Default, x.Least, x.Most, x.Meaning)))} | {Text(p.Rule)} |"),
            Rows(Part("### Policies", Title)));

    [Fact]
    public void Filters_AreThoseOfTheCatalogue() =>
        Assert.Equal(
            AnomalyMonitor.Known.Select(a => $"| `{a.Id}` | {a.Severity.ToString().ToLowerInvariant()} "
                + $"| {string.Join("; ", a.Settings.Select(x => Setting(x.Name, x.Default, x.Least, x.Most, x.Meaning)))} | {Text(a.Meaning)} |"),
            Rows(Part("### Anomaly filters", Title)));

    [Fact]
    public void JsonKindsAndFields_AreThoseOfTheSources()
    {
        var sources = string.Concat(Repository.Files("daemon/Host", "*.cs").Select(Repository.Read));
        var part = Part("## JSON lines", "\n## ");
        var kinds = Regex.Matches(sources, @"\bWrite\(""([a-z_]+)"", fields").Select(m => m.Groups[1].Value);
        Assert.Equal(Distinct(kinds), Distinct(Regex.Matches(part, "^### `([a-z_]+)`", RegexOptions.Multiline).Select(m => m.Groups[1].Value)));
        var fields = Regex.Matches(sources, @"\b(?:Write(?:String|Number|Boolean|Real|Reals|StartArray|StartObject)\(|(?:Ids|Rows)\(\w+, )""([a-z_]+)""").Select(m => m.Groups[1].Value);
        Assert.Equal(Distinct(fields), Distinct(FirstCells(part).Select(name => name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..])));
    }

    /// <summary>Those that do something: the verbs of a group in its place.</summary>
    private static IEnumerable<Verb> Verbs() => Catalogue.Verbs().SelectMany(verb => verb.Verbs.Count > 0 ? verb.Verbs : [verb]);

    private static List<string> Distinct(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];

    /// <summary>From a heading line to the next line that begins as <paramref name="end"/> does, a pattern.</summary>
    private static string Part(string heading, string end)
    {
        var start = Page.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/cli.md has no heading \"{heading}\"");
        var body = Page[(start + heading.Length + 1)..];
        return Regex.Match(body, end) is { Success: true } next ? body[..next.Index] : body;
    }

    private static IEnumerable<string> Rows(string part) => part.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal));

    private static IEnumerable<string> FirstCells(string part) => Rows(part).Select(row => row.Split('`')[1]);

    private static string HeadingOf(Verb verb) =>
        $"`{string.Join(' ', verb.Arguments.Select(a => a.Arity switch { { MinimumNumberOfValues: 0 } => $"[{a.Name}]", { MaximumNumberOfValues: > 1 } => a.Name + "...", _ => a.Name }).Prepend(verb.FullName))}`";

    private static string LabelOf(Option option)
    {
        var names = string.Join(", ", option.Aliases.Prepend(option.Name));
        return option.ValueType == typeof(bool) ? names : $"{names} {HelpText.ValueName(option)}";
    }

    private static string Setting(string name, double? standard, double least, double most, FormattableString meaning) =>
        string.Create(CultureInfo.InvariantCulture, $"`{name}` ({least} to {most}{(standard is { } d ? $", default {d}" : "")}): {Text(meaning)}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
