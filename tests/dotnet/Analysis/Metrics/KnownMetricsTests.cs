using System.Text.Json;
using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Checkpoints;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Analysis.Metrics;

/// <summary>Every metric against numpy's, over what two trained models routed: to 1e-9, and to what float32 columns allow where scores are read.</summary>
public sealed class KnownMetricsTests
{
    private const double Exact = 1e-9, OfScores = 1e-7, OfEntropies = 1e-6;

    private static readonly Dictionary<string, KnownRun> Runs = new[] { "olmoe-tiny", "olmoe-tiny-collapsed" }.ToDictionary(name => name, name => new KnownRun(name));

    public static TheoryData<string, int> Layers
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var model in Runs.Keys)
                for (var layer = 0; layer < KnownRun.Layers; layer++) data.Add(model, layer);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Loads_AreKnown(string model, int layer)
    {
        var known = Runs[model].Of(layer);
        var counts = new long[KnownRun.Experts];
        foreach (var batch in Of(model, layer)) batch.CountInto<long>(counts, 1);
        Assert.Equal(known.GetProperty("counts").EnumerateArray().Select(c => c.GetInt64()), counts);
        Same(known, "cv_population", LoadFormulas.Cv(counts), Exact);
        Same(known, "max_vio", LoadFormulas.MaxVio(counts), Exact);
        Same(known, "load_entropy", LoadFormulas.NormalisedEntropy(counts), Exact);
        Same(known, "effective_experts", LoadFormulas.EffectiveExperts(counts), Exact);
        Assert.Equal(known.GetProperty("dead").EnumerateArray().Select(e => e.GetInt32()), Enumerable.Range(0, counts.Length).Where(e => counts[e] == 0));
        foreach (var (e, interval) in known.GetProperty("load_fraction_wilson").EnumerateArray().Index())
        {
            var own = WilsonInterval.Of(counts[e], counts.Sum());
            Assert.Equal(interval[0].GetDouble(), own.Low, Exact);
            Assert.Equal(interval[1].GetDouble(), own.High, Exact);
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void EntropyMarginsAndZLoss_AreKnown(string model, int layer)
    {
        var known = Runs[model].Of(layer);
        var (entropy, margins, zLoss) = (new RouterEntropy(), new SelectionMargins(), new RouterZLoss());
        foreach (var batch in Of(model, layer))
        {
            entropy.Add(batch);
            margins.Add(batch);
            zLoss.Add(batch);
        }
        Same(known, "router_entropy_mean", entropy.Mean, OfEntropies);
        Same(known, "selection_margin_mean", margins.Mean, OfScores);
        Same(known, "selection_margin_min", margins.Least, OfScores);
        Same(known, "router_z_loss", zLoss.Mean, Exact);
        zLoss.Clear();
        Assert.True(double.IsNaN(zLoss.Mean));
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void CoActivation_IsKnown(string model, int layer)
    {
        var run = Runs[model];
        var (within, next) = (new CoActivation(KnownRun.Experts, KnownRun.Experts), new CoActivation(KnownRun.Experts, KnownRun.Experts));
        for (var t = 0; t < run.Tokens; t++)
        {
            within.Add(run.Chosen(t, layer), run.Chosen(t, layer));
            if (layer + 1 < KnownRun.Layers) next.Add(run.Chosen(t, layer), run.Chosen(t, layer + 1));
        }
        Shares(run.Of(layer).GetProperty("coactivation_within"), within);
        if (layer + 1 < KnownRun.Layers) Shares(run.Of(layer).GetProperty("coactivation_with_next_layer"), next);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Domains_AreKnown(string model, int layer)
    {
        var domains = new DomainSpecialization(KnownRun.Experts);
        foreach (var batch in Of(model, layer))
            for (var row = 0; row < batch.Tokens; row++) domains.Add(batch.Pass.Rows.Label[row], batch.ExpertsOf(row));
        var known = Runs[model].Of(layer).GetProperty("domains");
        Assert.Equal(known.EnumerateObject().Select(d => d.Name).Order(StringComparer.Ordinal), domains.Domains);
        foreach (var domain in known.EnumerateObject())
        {
            Assert.Equal(domain.Value.GetProperty("tokens").GetInt64(), domains.Tokens(domain.Name));
            foreach (var (e, share) in domain.Value.GetProperty("share_of_tokens").EnumerateArray().Index())
                Assert.Equal(share.GetDouble(), (double)domains.Count(domain.Name, e) / domains.Tokens(domain.Name), Exact);
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Vocabulary_IsKnown(string model, int layer)
    {
        var run = Runs[model];
        foreach (var (e, known) in run.Of(layer).GetProperty("vocabulary_input").EnumerateArray().Index())
        {
            var vocabulary = new VocabularySpecialization(e);
            for (var t = 0; t < run.Tokens; t++) vocabulary.Add(run.TokenIds[t], run.Chosen(t, layer));
            var tokens = vocabulary.Tokens().ToList();
            foreach (var (expected, own) in known.GetProperty("by_share").EnumerateArray().Zip(tokens.OrderByDescending(t => t.Share).ThenBy(t => t.TokenId)))
            {
                Assert.Equal((expected[0].GetInt32(), expected[1].GetInt64(), expected[2].GetInt64()), (own.TokenId, own.Count, own.Occurrences));
                Assert.Equal(expected[3].GetDouble(), own.Share, Exact);
            }
            // Where the best are equal to the last digit, which of them comes first is rounding.
            var byPmi = tokens.ToDictionary(t => t.TokenId, t => t.Pmi);
            var best = byPmi.Values.Where(double.IsFinite).OrderDescending().ToList();
            foreach (var (i, expected) in known.GetProperty("by_pmi").EnumerateArray().Index())
            {
                Assert.Equal(expected[1].GetDouble(), byPmi[expected[0].GetInt32()], Exact);
                Assert.Equal(expected[1].GetDouble(), best[i], Exact);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void SimilarityOfRouterRows_IsKnown(string model, int layer)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(Repository.Root, "samples", model));
        var rows = checkpoint.Get($"model.layers.{layer}.mlp.gate.weight").ToFloats();
        foreach (var (e, known) in Runs[model].Of(layer).GetProperty("similarity_router_rows").EnumerateArray().Index())
        {
            var cosines = ExpertSimilarity.Cosines(rows, KnownRun.Experts, e);
            foreach (var (other, cosine) in known.EnumerateArray().Index()) Assert.Equal(cosine.GetDouble(), cosines[other], Exact);
        }
    }

    private static IEnumerable<RoutingBatch> Of(string model, int layer) => Runs[model].Run().Where(b => b.Router.Index == layer);

    private static void Same(JsonElement known, string name, double value, double tolerance) => Assert.Equal(known.GetProperty(name).GetDouble(), value, tolerance * Math.Max(1, Math.Abs(value)));

    private static void Shares(JsonElement known, CoActivation counted)
    {
        foreach (var (i, row) in known.EnumerateArray().Index())
            foreach (var (j, share) in row.EnumerateArray().Index())
            {
                if (share.ValueKind == JsonValueKind.Null) Assert.True(double.IsNaN(counted.Share(i, j)));
                else Assert.Equal(share.GetDouble(), counted.Share(i, j), Exact);
            }
    }
}
