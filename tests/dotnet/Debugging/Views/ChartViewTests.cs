using System.Text.Json;
using MoeDevtools.Checkpoints;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Tests.Analysis.Metrics;
using MoeDevtools.Tests.House;
using MoeDevtools.Tests.Traces;
using MoeDevtools.Traces;

namespace MoeDevtools.Tests.Debugging.Views;

/// <summary>What charts are told of a recording of a trained model, against numpy's metrics of the same routing and plain recounts of its arrays.</summary>
public sealed class ChartViewTests : IDisposable
{
    private static readonly KnownRun Known = new("olmoe-tiny");

    private static readonly JsonSerializerOptions WithNaN = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly TraceFolder _folder = new();
    private readonly RecordedRun _run;

    public ChartViewTests() => _run = RecordedRun.Open(_folder.Write(KnownRun.Routers, Known.Run()));

    public void Dispose()
    {
        _run.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0, 0, "coactivation_within")]
    [InlineData(2, 2, "coactivation_within")]
    [InlineData(1, 2, "coactivation_with_next_layer")]
    public void Together_IsKnown(int a, int b, string name)
    {
        var together = TogetherView.Of(_run, a, b, default, null, CancellationToken.None);
        Assert.Equal(Known.Tokens, together.Tokens);
        Assert.Equal(new StepRange(1, Known.Domains.Count), together.Range);
        var counts = Known.Of(b).GetProperty("counts").EnumerateArray().Select(c => c.GetDouble()).ToList();
        var ofA = Known.Of(a).GetProperty("counts").EnumerateArray().Select(c => c.GetDouble()).ToList();
        foreach (var (i, row) in Known.Of(a).GetProperty(name).EnumerateArray().Index())
            foreach (var (j, share) in row.EnumerateArray().Index())
            {
                Assert.Equal(share.GetDouble(), together.Counts[i, j] / ofA[i], 1e-9);
                Assert.Equal(share.GetDouble() * Known.Tokens / counts[j], together.Lift[i, j], 1e-5);
            }
        foreach (var order in new[] { together.OrderA, together.OrderB }) Assert.Equal(Enumerable.Range(0, KnownRun.Experts), order.Order());
    }

    [Fact]
    public void Timeline_HasEveryStepUnderItsPixel()
    {
        StepMetric[] metrics = [StepMetric.Cv, StepMetric.Entropy, StepMetric.Margin, StepMetric.Drops, StepMetric.ZLoss];
        var timeline = TimelineView.Of(_run, [3, 1], metrics, new StepRange(3, 58), 20, Translations.English, null, CancellationToken.None);
        Assert.Equal((new StepRange(3, 58), 4), (timeline.Range, timeline.StepsPerPixel));
        Assert.Equal(10, timeline.Series.Count);
        var batches = Known.Run().ToLookup(b => (b.Pass.Step, b.Router.Index));
        foreach (var series in timeline.Series)
        {
            Assert.Equal(14, series.Min.Length);
            for (var pixel = 0; pixel < 14; pixel++)
            {
                var values = Enumerable.Range(3 + 4 * pixel, 4).Select(step => Plain(series.Metric, Assert.Single(batches[(step, series.Router)]))).ToList();
                Assert.Equal(values.Min(), series.Min[pixel], 1e-5);
                Assert.Equal(values.Max(), series.Max[pixel], 1e-5);
            }
        }
    }

    [Fact]
    public void Logits_AreCountedInBinsOfAllRouters()
    {
        var logits = LogitsView.Of(_run, [0, 1, 2, 3], default, 32, 64, null, CancellationToken.None);
        Assert.InRange(logits.Edges.Length - 1, 16, 32);
        foreach (var router in logits.Routers)
        {
            Assert.Equal(("router_logits", false, 0), (router.Column, router.Derived, router.NotFinite));
            foreach (var chosen in new[] { true, false })
            {
                var values = Enumerable.Range(0, Known.Tokens).SelectMany(t => Enumerable.Range(0, KnownRun.Experts)
                    .Where(e => Known.Chosen(t, router.Router).Contains(e) == chosen).Select(e => Known.Logits[(t * KnownRun.Layers + router.Router) * KnownRun.Experts + e])).ToList();
                var counts = chosen ? router.Chosen : router.NotChosen;
                Assert.Equal(Enumerable.Range(0, counts.Length).Select(i => values.LongCount(v => v >= logits.Edges[i] && v < logits.Edges[i + 1])), counts);
            }
        }
        var batches = Known.Run().Where(b => b.Router.Index == 2).ToDictionary(b => b.Pass.Step);
        for (var pixel = 0; pixel < Known.Domains.Count; pixel++) Assert.Equal(Plain("zLoss", batches[pixel + 1]), logits.Routers[2].ZMin[pixel], 1e-4);
    }

    [Fact]
    public void Dossier_IsKnown()
    {
        const int Layer = 1;
        using var checkpoint = Checkpoint.Open(Path.Combine(Repository.Root, "samples/olmoe-tiny"));
        float[] Weight(int router) => checkpoint.Get($"model.layers.{router}.mlp.gate.weight").ToFloats();
        var known = Known.Of(Layer);
        for (var e = 0; e < KnownRun.Experts; e++)
        {
            var dossier = DossierView.Of(_run, Layer, e, default, 64, Weight, null, CancellationToken.None);
            var counts = known.GetProperty("counts").EnumerateArray().Select(c => c.GetInt64()).ToList();
            Assert.Equal((Known.Tokens, counts[e]), (dossier.Tokens, dossier.Count));
            Assert.Equal((double)counts[e] * KnownRun.Experts / counts.Sum(), dossier.Utilization!.Value, 1e-9);
            Assert.Equal(WilsonInterval.Of(counts[e], Known.Tokens), new WilsonInterval(dossier.Interval[0], dossier.Interval[1]));
            foreach (var domain in dossier.Domains)
                Assert.Equal(known.GetProperty("domains").GetProperty(domain.Label).GetProperty("share_of_tokens")[e].GetDouble(), domain.Share, 1e-9);
            Assert.Equal(known.GetProperty("domains").EnumerateObject().Count(), dossier.Domains.Count);
            foreach (var (i, token) in known.GetProperty("vocabulary_input")[e].GetProperty("by_pmi").EnumerateArray().Index().Where(t => t.Item[1].GetDouble() > 0))
                Assert.Equal(token[1].GetDouble(), dossier.TopTokens[i].Pmi, 1e-9);
            foreach (var partner in dossier.Partners)
                Assert.Equal(known.GetProperty("coactivation_within")[e][partner.Expert].GetDouble(), partner.Share, 1e-9);
            foreach (var partner in dossier.Next)
            {
                Assert.Equal(Layer + 1, partner.Router);
                Assert.Equal(known.GetProperty("coactivation_with_next_layer")[e][partner.Expert].GetDouble(), partner.Share, 1e-9);
            }
            foreach (var similar in dossier.Similar!)
                Assert.Equal(known.GetProperty("similarity_router_rows")[e][similar.Expert].GetDouble(), similar.Cosine, 1e-9);
            Examples(dossier, Layer, e);
        }
    }

    private static void Examples(Dossier dossier, int layer, int e)
    {
        var weights = Enumerable.Range(0, Known.Tokens).Where(t => Known.Chosen(t, layer).Contains(e)).GroupBy(t => Known.TokenIds[t])
            .Select(g => g.Max(t => Known.Weights[(t * KnownRun.Layers + layer) * KnownRun.K + Known.Chosen(t, layer).IndexOf(e)])).OrderDescending().Take(12);
        Assert.Equal(weights, dossier.Examples.Select(x => (float)x.Weight!.Value));
        foreach (var example in dossier.Examples)
        {
            var tokens = Known.TokenIds.Where((_, t) => Known.Documents[t] == example.Step - 1).Select(id => $"t{id}").ToList();
            Assert.Equal((string.Concat(tokens.Take(example.Row).TakeLast(8)), tokens[example.Row], string.Concat(tokens.Skip(example.Row + 1).Take(8))), (example.Before, example.Token, example.After));
        }
    }

    [Fact]
    public void FlowOfLayers_KeepsEveryToken()
    {
        var flow = FlowView.OfLayers(_run, 0, 2, default, 0.01, null, CancellationToken.None);
        Assert.Equal(Known.Tokens, flow.Tokens);
        var links = Enumerable.Range(0, Known.Tokens).GroupBy(t => (Known.Chosen(t, 0)[0], Known.Chosen(t, 2)[0])).ToDictionary(g => ($"0.{g.Key.Item1}", $"2.{g.Key.Item2}"), g => g.LongCount());
        var large = links.Where(l => l.Value >= 0.01 * Known.Tokens).ToDictionary();
        Assert.Equal(large.OrderBy(l => l.Key), flow.Links.Where(l => l.Source.Contains('.') && l.Target.Contains('.') && large.ContainsKey((l.Source, l.Target))).ToDictionary(l => (l.Source, l.Target), l => l.Count).OrderBy(l => l.Key));
        Assert.Equal(links.Count - large.Count, flow.Others);
        foreach (var node in flow.Nodes) Assert.Equal(node.Count, flow.Links.Where(l => l.Source == node.Id || l.Target == node.Id).Sum(l => l.Count));
    }

    [Fact]
    public void FlowOfTokens_KeepsEveryToken()
    {
        var flow = FlowView.OfTokens(_run, 3, new StepRange(11, 20), 0.02, null, CancellationToken.None);
        var tokens = Enumerable.Range(0, Known.Tokens).Where(t => Known.Documents[t] is >= 10 and < 20).ToList();
        Assert.Equal(tokens.Count, flow.Tokens);
        foreach (var link in tokens.GroupBy(t => (Id: Known.TokenIds[t], Expert: Known.Chosen(t, 3)[0])).Where(g => g.Count() >= 0.02 * tokens.Count))
        {
            Assert.Contains(new FlowLink($"t{link.Key.Id}", $"3.{link.Key.Expert}", link.Count()), flow.Links);
            Assert.Contains(flow.Nodes, n => n.Id == $"t{link.Key.Id}" && n.Token == $"t{link.Key.Id}");
        }
    }

    [Fact]
    public void Compare_IsKnown()
    {
        using var other = new TraceFolder();
        using var collapsed = RecordedRun.Open(other.Write(KnownRun.Routers, new KnownRun("olmoe-tiny-collapsed").Run()));
        var comparison = CompareView.Of(_run, collapsed, _ => { }, CancellationToken.None);
        var known = JsonElement.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests/fixtures/known-answers/agreement.json"))).GetProperty("healthy_vs_collapsed");
        Assert.Equal(known.GetProperty("tokens_with_any_difference").GetDouble(), comparison.Differing, 1e-9);
        foreach (var router in comparison.Routers)
        {
            Assert.Equal(known.GetProperty("saturation_or_agreement")[router.Router].GetDouble(), router.Agreement!.Value, 1e-9);
            Assert.Equal(known.GetProperty("jaccard")[router.Router].GetDouble(), router.Jaccard!.Value, 1e-9);
            Assert.Equal(Known.Of(router.Router).GetProperty("counts").EnumerateArray().Select(c => c.GetInt64()), router.CountsA);
        }
        var (first, row) = (comparison.First!, (int)comparison.First!.Row);
        Assert.Equal((1, $"t{Known.TokenIds[row]}"), (first.Step, first.Token));
        Assert.Equal(Known.Chosen(row, first.Router).ToArray(), first.ExpertsA);
    }

    /// <summary>Every view is asked while the run is recorded, batch by batch, and in the end tells the same as one that is asked once.</summary>
    [Fact]
    public void ARunThatGrows_IsCountedOnce()
    {
        using var folder = new TraceFolder();
        using var writer = TraceWriter.Create(folder.File, TraceFolder.Info, KnownRun.Routers, new TraceOptions());
        using var live = new RecordedRun(folder.File, KnownRun.Routers, writer.Flush);
        Assert.Null(TogetherView.Of(live, 0, 1, default, null, CancellationToken.None).Range);
        foreach (var (i, batch) in Known.Run().Index())
        {
            writer.Add(batch);
            if (i % 7 == 0) Told(live);
        }
        Assert.Equal(Told(_run), Told(live));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => TogetherView.Of(_run, 1, 1, default, null, cancelled.Token));
        Assert.Equal(Told(_run), Told(live));
    }

    private static string Told(RecordedRun run)
    {
        var timeline = TimelineView.Of(run, [0, 1, 2, 3], [StepMetric.Cv, StepMetric.Margin], default, 16, Translations.English, null, CancellationToken.None);
        var together = TogetherView.Of(run, 0, 1, default, null, CancellationToken.None);
        var logits = LogitsView.Of(run, [1], default, 16, 16, null, CancellationToken.None);
        var dossier = DossierView.Of(run, 1, 5, default, 16, null, null, CancellationToken.None);
        var flows = new[] { FlowView.OfLayers(run, 1, 2, default, 0.01, null, CancellationToken.None), FlowView.OfTokens(run, 1, default, 0.01, null, CancellationToken.None) };
        return JsonSerializer.Serialize(
            new { timeline.Range, timeline.StepsPerPixel, timeline.Series, Counts = together.Counts.Cast<long>(), together.OrderA, together.OrderB, together.Tokens, logits, dossier, flows }, WithNaN);
    }

    private static double Plain(string metric, RoutingBatch batch)
    {
        var rows = Enumerable.Range(0, batch.Tokens).ToList();
        switch (metric)
        {
            case "cv":
                var counts = new double[KnownRun.Experts];
                foreach (var e in batch.SelectedExperts) counts[e]++;
                return Math.Sqrt(counts.Average(c => (c - counts.Average()) * (c - counts.Average()))) / counts.Average();
            case "entropy":
                return rows.Average(row => batch.ScoresOf(row).ToArray().Where(s => s > 0).Sum(s => -s * Math.Log(s))) / Math.Log(KnownRun.Experts);
            case "margin":
                return rows.Average(row => batch.SelectionOf(row).ToArray().OrderDescending().ToArray() is var a ? (double)a[KnownRun.K - 1] - a[KnownRun.K] : 0);
            case "zLoss":
                return rows.Average(row => Math.Pow(Math.Log(batch.LogitsOf(row).ToArray().Sum(z => Math.Exp(z))), 2));
            default:
                return 0;
        }
    }
}
