using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MoeDevtools.Tests.House;

/// <summary>The rules of docs/architecture.md that the compiler does not check.</summary>
public sealed partial class DirectionTests
{
    private const int MostLines = 500;

    /// <summary>The way of the data. A stage may know an earlier one, never the reverse.</summary>
    private static readonly string[] Order =
    [
        "Messages", "Numerics", "Routing", "Wire", "Probe", "Checkpoints", "Models", "Traces", "Capture", "Breakpoints", "Analysis",
        "Debugging", "Servers", "Host",
    ];

    private static readonly (string Stage, string MayNotKnow)[] Apart =
        [("Analysis", "Breakpoints"), ("Traces", "Models"), ("Traces", "Capture")];

    /// <summary>What runs in the programs of others: the framing is all that comes with it, and no stage of the daemon knows it.</summary>
    private static readonly (string Leaf, string Knows) Leaf = ("Probe", "Wire");

    /// <summary>Messages owns the bundles of translations.</summary>
    private static readonly string[] OwnersOfJson = ["Messages", "Wire", "Probe", "Checkpoints", "Traces", "Capture", "Servers", "Host"];

    [Fact]
    public void EveryStage_KnowsOnlyEarlierStages()
    {
        var projects = Repository.Files("daemon", "*.csproj").ToList();
        Assert.NotEmpty(projects);
        var wrong = from project in projects
                    let stage = Path.GetFileNameWithoutExtension(project)
                    from known in References(project).Prepend(stage)
                    where !Order.Contains(known)
                        || (known != stage && Array.IndexOf(Order, known) >= Array.IndexOf(Order, stage))
                        || Apart.Contains((stage, known))
                        || (known != stage && (stage == Leaf.Leaf ? known != Leaf.Knows : known == Leaf.Leaf))
                    select $"{project} may not know {known}";

        Findings.None(wrong);
    }

    [Fact]
    public void TransitiveReferences_AreOffEverywhere()
    {
        const string Switch = "DisableTransitiveProjectReferences";
        Assert.Equal("true", XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants(Switch).Single().Value);

        Findings.None(Repository.Files("daemon", "*.csproj").Where(project => Repository.Read(project).Contains(Switch, StringComparison.Ordinal)));
    }

    [Fact]
    public void Json_IsReadAndWrittenOnlyWhereAFileFormatOrAWireIsOwned() =>
        Findings.None(Sources().Where(file => !OwnersOfJson.Contains(StageOf(file)) && Json().IsMatch(Repository.Read(file))));

    [Fact]
    public void Sources_StayShort() =>
        Findings.None(from file in Sources()
                     where !file.EndsWith(".Table.cs", StringComparison.Ordinal)
                     let lines = Repository.Read(file).AsSpan().Count('\n')
                     where lines > MostLines
                     select $"{file} has {lines} lines; split it by what changes together");

    private static IEnumerable<string> Sources() => Repository.Files("daemon", "*.cs");

    private static string StageOf(string file) => file.Split('/')[1];

    private static IEnumerable<string> References(string project) =>
        XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

    [GeneratedRegex(@"\bSystem\.Text\.Json\b")]
    private static partial Regex Json();
}
