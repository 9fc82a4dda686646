using System.Text.RegularExpressions;
using MoeDevtools.Breakpoints;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Breakpoints.Functions;

namespace MoeDevtools.Tests.Breakpoints;

public sealed class ConditionsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "conditions.md"));

    [Fact]
    public void Page_ListsExactlyTheCatalogue()
    {
        var types = new Dictionary<ValueKind, string>
        {
            [ValueKind.Number] = "number", [ValueKind.Truth] = "true/false", [ValueKind.Text] = "text", [ValueKind.Vector] = "vector",
        };
        var listed = Page.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        Assert.Equal(Catalogue.Quantities.Select(q => $"| `{q.Signature}` | {types[q.Kind]} | {q.Unit} | {q.Meaning} |"), listed);
    }

    [Fact]
    public void Examples_Compile()
    {
        Assert.All(Examples("condition"), text => Manager().Add(new BreakpointSpec { Routers = "*", Condition = text }));
        Assert.All(Examples("breakpoint"), text => Assert.True(Manager().Add(BreakpointSpec.Parse(text)).Verified));
        Assert.All(Examples("log"), text => Assert.True(Manager().Add(BreakpointSpec.ParseLog(text)).Verified));
        Assert.All(Examples("refused"), text => Assert.Throws<ConditionError>(() => Manager().Add(new BreakpointSpec { Routers = "*", Condition = text })));
    }

    private static BreakpointManager Manager() => new(Batches.Routers(3));

    private static List<string> Examples(string kind)
    {
        var examples = Regex.Matches(Page, $"```{kind}\n(.*?)```", RegexOptions.Singleline)
            .SelectMany(m => m.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.NotEmpty(examples);
        return examples;
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MoeDevtools.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
