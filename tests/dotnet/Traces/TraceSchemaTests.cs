using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Tests.House;
using MoeDevtools.Tests.Routing;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Maintenance;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Tests.Traces;

/// <summary>The format is frozen: whoever changes it gives it a new version and says so in docs/trace-format.md.</summary>
public sealed class TraceSchemaTests
{
    [Fact]
    public void Schema_OfVersion3_IsTheGolden()
    {
        using var folder = new TraceFolder();
        using var database = Database.OpenToRead(folder.Write([Batches.Router(8, 2)], []));
        using var select = database.Prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid");
        var lines = new List<string> { $"application_id {database.Number("PRAGMA application_id"):X8}", $"user_version {database.Number("PRAGMA user_version")}" };
        while (select.Step()) lines.Add(string.Join(' ', select.Text(0)!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(Repository.Read("tests/fixtures/traces/schema-3.sql").TrimEnd().Split('\n'), lines);
    }

    /// <summary>Version 3 says new things in rules, in the tables of version 2.</summary>
    [Fact]
    public void Schema_OfVersion2_HasTheSameTables() =>
        Assert.Equal(Repository.Read("tests/fixtures/traces/schema-3.sql"), Repository.Read("tests/fixtures/traces/schema-2.sql").Replace("user_version 2", "user_version 3", StringComparison.Ordinal));

    [Fact]
    public void Schema_OfVersion1_IsRead()
    {
        using var folder = new TraceFolder();
        var made = RandomTraces.Run(new Random(3), [Batches.Router(8, 2)], steps: 2).ToList();
        folder.Write([Batches.Router(8, 2)], made);
        using (var database = Database.OpenToWrite(folder.File)) database.Execute("ALTER TABLE routers DROP COLUMN sources; PRAGMA user_version = 1");
        using (var database = Database.OpenToRead(folder.File))
        using (var select = database.Prepare("SELECT sql FROM sqlite_master WHERE name = 'routers'"))
        {
            Assert.True(select.Step());
            var golden = Repository.Read("tests/fixtures/traces/schema-1.sql").Split('\n').Single(line => line.StartsWith("CREATE TABLE routers", StringComparison.Ordinal));
            Assert.Equal(golden, string.Join(' ', select.Text(0)!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        }
        using (var reader = TraceReader.Open(folder.File))
        {
            Assert.Empty(reader.Routers[0].Sources);
            Assert.Equal(made.Count, reader.Extent().Batches);
        }
        var rewritten = folder["b.moetrace"];
        TraceRewriter.Rewrite(folder.File, rewritten, new RewriteOptions { Compact = true }, default);
        using var anew = TraceReader.Open(rewritten);
        Assert.Equal(made.Count, anew.Extent().Batches);
    }

    [Fact]
    public void StoredEnums_KeepTheirValues()
    {
        Assert.Equal("Checkpoint=0 Training=1 Import=2 Branch=3", Values<TraceKind>());
        Assert.Equal("Prefill=0 Decode=1 Train=2 Eval=3 Recompute=4", Values<Phase>());
        Assert.Equal("None=0 RouterLogits=1 RouterScores=2 SelectionScores=4 SelectedExperts=8 RoutingWeights=16 All=31", Values<RoutingColumns>());
        Assert.Equal("None=0 IdOutOfRange=1 DuplicateId=2 WeightNotFinite=4 AllRowsEqual=8 ProbabilitiesAsLogits=16 LogitNotFinite=32", Values<BatchProblems>());
        Assert.Equal("Softmax=0 Sigmoid=1 SqrtSoftplus=2", Values<ScoreFunction>());
        Assert.Equal("Scores=0 Logits=1 TokenTable=2", Values<RankedValues>());
        Assert.Equal("OwnScores=0 SoftmaxOfChosen=1 SparseMixer=2", Values<WeightFunction>());
    }

    [Fact]
    public void Rule_WithEveryParameter_IsReadBack()
    {
        var rule = new RouterRule
        {
            Experts = 8, K = 2, Scores = ScoreFunction.Sigmoid, Ranks = RankedValues.Logits, Bias = [0.1f, float.MinValue, 0, 1, 2, 3, 4, 5], Groups = 4, GroupsKept = 2, GroupScoreExperts = 1,
            GroupFill = 0, Weights = WeightFunction.SparseMixer, Jitter = 0.01f, Normalise = true, NormalisePower = 2, NormaliseEpsilon = 1e-20f, NormaliseFloor = 1e-9f, Scale = 2.5f, OutputFactor = 0.5f,
            WeighsInput = true, Capacity = 64, IdentityExperts = 3,
        };
        var read = RouterJson.ReadRule(RouterJson.Write(rule));
        Assert.Equal(rule.Bias, read.Bias);
        Assert.Equal(rule with { Bias = null }, read with { Bias = null });
        Assert.Equal(new RouterRule { Experts = 1, K = 1 }, RouterJson.ReadRule(RouterJson.Write(new RouterRule { Experts = 1, K = 1 })));
    }

    private static string Values<T>() where T : struct, Enum => string.Join(' ', Enum.GetValues<T>().Select(v => $"{v}={Convert.ToInt32(v, System.Globalization.CultureInfo.InvariantCulture)}"));
}
