using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Tests.Checkpoints;
using MoeDevtools.Tests.Routing;

namespace MoeDevtools.Tests.Analysis.Anomalies;

/// <summary>What trained models really routed: the samples, document by document, and OLMoE's published counts. Every filter is on.</summary>
public sealed class KnownRoutingTests
{
    private const int Experts = 16;
    private const int K = 4;

    private static readonly string Answers = Path.Combine(Folders.Root, "tests", "fixtures", "known-answers");

    [Theory]
    [InlineData("olmoe-tiny", ScoreFunction.Softmax)]
    [InlineData("deepseek-tiny", ScoreFunction.Sigmoid)]
    public void HealthyModel_RaisesNothingAboveInfo(string model, ScoreFunction scores)
    {
        var prefills = Replay(model, scores, decode: false);
        var tokens = Replay(model, scores, decode: true);
        Assert.DoesNotContain(prefills.Concat(tokens), a => a.Severity > AnomalySeverity.Info);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CollapsedModel_RaisesCollapseAndDeadExpertsAtEveryRouter(bool decode)
    {
        var found = Replay("olmoe-tiny-collapsed", ScoreFunction.Softmax, decode);
        var collapses = found.Where(a => a.Id == "router_collapse").ToList();
        Assert.Equal([0, 1, 2, 3], collapses.Select(a => a.Router.Index).Distinct().Order());
        Assert.All(collapses, a => Assert.Equal(K, a.Experts.Count));
        Assert.All(collapses, a => Assert.InRange(a.Value, 3.999, 4.5));
        Assert.All(collapses, a => Assert.True(a.Step <= (decode ? 32 : 1)));
        if (!decode) Assert.Equal(4, found.Where(a => a.Id == "dead_expert").Select(a => a.Router.Index).Distinct().Count());
    }

    /// <summary>Every assignment of a domain's 208,896 tokens, in 16 steps.</summary>
    [Fact]
    public void PublishedCounts_RaiseNothingAboveInfo()
    {
        const int Steps = 16;
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Answers, "olmoe-domain-expert-counts.json")));
        IReadOnlyList<RouterInfo> routers = [Batches.Router(64, 8)];
        foreach (var domain in file.RootElement.GetProperty("domains").EnumerateObject())
            foreach (var layer in domain.Value.EnumerateObject())
            {
                var experts = layer.Value.EnumerateArray().SelectMany((count, e) => Enumerable.Repeat(e, count.GetInt32())).ToArray();
                var tokens = experts.Length / 8;
                var watch = Watch.WithEverything(routers);
                for (var step = 0; step < Steps; step++)
                {
                    var batch = Batches.Empty(routers[0], step + 1, tokens / Steps);
                    batch.RouterLogits.Clear();
                    batch.RouterScores.Fill(1f / 64);
                    // Neighbours in the list are the same expert: a stride of T gives each token different ones.
                    for (var row = 0; row < batch.Tokens; row++)
                        for (var j = 0; j < 8; j++) batch.ExpertsOf(row)[j] = experts[j * tokens + row * Steps + step];
                    watch.See(batch);
                }
                Assert.DoesNotContain(watch.All, a => a.Severity > AnomalySeverity.Info);
            }
    }

    private static List<Anomaly> Replay(string model, ScoreFunction function, bool decode)
    {
        using var zip = ZipFile.OpenRead(Path.Combine(Answers, "routing.npz"));
        var documents = Read<int>(zip, "doc.npy");
        var selected = Read<int>(zip, $"{model}/selected.npy");
        var logits = Read<float>(zip, $"{model}/logits.npy");
        var layers = selected.Length / K / documents.Length;
        IReadOnlyList<RouterInfo> routers = [.. Enumerable.Range(0, layers).Select(l => Batches.Router(new RouterRule { Experts = Experts, K = K, Scores = function }, l))];
        var watch = Watch.WithEverything(routers);
        var step = 0;
        for (int start = 0, end; start < documents.Length; start = end)
        {
            end = start + 1;
            while (!decode && end < documents.Length && documents[end] == documents[start]) end++;
            step++;
            foreach (var router in routers)
            {
                var batch = Batches.Empty(router, step, end - start);
                for (var row = 0; row < batch.Tokens; row++)
                {
                    var at = (start + row) * layers + router.Index;
                    logits.AsSpan(at * Experts, Experts).CopyTo(batch.LogitsOf(row));
                    RouterRules.Scores(router.Rule, batch.LogitsOf(row), batch.ScoresOf(row));
                    selected.AsSpan(at * K, K).CopyTo(batch.ExpertsOf(row));
                }
                watch.See(batch);
            }
        }
        return watch.All;
    }

    private static T[] Read<T>(ZipArchive zip, string name)
        where T : struct
    {
        using var stream = zip.GetEntry(name)!.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var bytes = memory.ToArray();
        var start = 10 + BitConverter.ToUInt16(bytes, 8);
        var type = Encoding.ASCII.GetString(bytes, 10, start - 10).Split('\'')[3];
        return type switch
        {
            "<f4" or "<i4" => MemoryMarshal.Cast<byte, T>(bytes.AsSpan(start)).ToArray(),
            "<i2" => [.. MemoryMarshal.Cast<byte, short>(bytes.AsSpan(start)).ToArray().Select(x => (T)(object)(int)x)],
            "<i8" => [.. MemoryMarshal.Cast<byte, long>(bytes.AsSpan(start)).ToArray().Select(x => (T)(object)(int)x)],
            "|u1" or "|i1" => [.. bytes[start..].Select(x => (T)(object)(int)x)],
            _ => throw new InvalidOperationException(type),
        };
    }
}
