using System.Globalization;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Parity;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

/// <summary>The tables of docs/models.md and docs/parity.md, which stand between comments and are written by <c>MOE_WRITE_DOCS=1 ./test dotnet</c>.</summary>
public sealed class ModelPagesTests
{
    private static readonly string[] Backends = ["simd", "reference"];

    /// <summary>What a page says about a family is what <c>inspect</c> says about its fixture.</summary>
    [Fact]
    public void ModelsPage_HasTheRouterOfEachFamily()
    {
        var rows = from fixture in Fixtures() group fixture by Family(fixture) into family select $"| `{family.Key}` | {Router(family.First())} |";

        Assert.Equal(string.Join('\n', rows), Table("docs/models.md", () => rows));
    }

    /// <summary>Each folder on each backend; the digits are those of the machine where the page was written.</summary>
    [Fact]
    public void ParityPage_HasEachFolder()
    {
        var table = Table("docs/parity.md", () => Fixtures().SelectMany(_ => Backends, Measured));

        Assert.Equal(
            Fixtures().SelectMany(_ => Backends, (fixture, backend) => $"| {Path.GetFileName(fixture)} | {backend} "),
            table.Split('\n').Select(row => row[..row.IndexOf('|', row.IndexOf('|', 1) + 1)]));
    }

    private static IEnumerable<string> Fixtures() => Directory.EnumerateDirectories(Path.Combine(Repository.Root, "tests/fixtures/checkpoints"))
        .Where(folder => File.Exists(Path.Combine(folder, ModelParity.FileName))).Order(StringComparer.Ordinal);

    private static string Family(string fixture)
    {
        using var session = ModelSession.Open(fixture);
        return session.Checkpoint.Config.ModelType;
    }

    private static string Router(string fixture)
    {
        using var session = ModelSession.Open(fixture);
        return session.Model.Routers[^1].Rule.Describe();
    }

    private static string Measured(string fixture, string backend)
    {
        var row = ModelParity.Compare(fixture, backend, 1e-4, CancellationToken.None);
        static string Short(double? value) => value!.Value.ToString("0.0e-0", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {Path.GetFileName(fixture)} | {backend} | {Short(row.Logits)} | {Short(row.HiddenStates)} | {Short(row.RouterLogits)} | {Short(row.Scores)} | {Short(row.Weights)} | {row.DecisionsDiffer} of {row.Decisions} | {(row.GreedyEqual == true ? "equal" : "differs")} |");
    }

    /// <summary>The rows of a page's written table, after they were written anew where that was asked for.</summary>
    private static string Table(string path, Func<IEnumerable<string>> rows)
    {
        const string Begin = "<!-- written by MOE_WRITE_DOCS=1 ./test dotnet -->\n", End = "\n<!-- end -->";
        var page = Repository.Read(path);
        var (from, to) = (page.IndexOf("|---", page.IndexOf(Begin, StringComparison.Ordinal), StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        from = page.IndexOf('\n', from) + 1;
        if (Environment.GetEnvironmentVariable("MOE_WRITE_DOCS") != "1") return page[from..to];
        var table = string.Join('\n', rows());
        File.WriteAllText(Path.Combine(Repository.Root, path), page[..from] + table + page[to..]);
        return table;
    }
}
