using System.Text;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Tests.Traces;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Formats;
using MoeDevtools.Traces.Maintenance;
using MoeDevtools.Traces.Storage;
using Batches = MoeDevtools.Tests.Routing.Batches;

namespace MoeDevtools.Tests.Debugging.Views;

/// <summary>
/// A recording whose routers have nothing in common: eight ranked experts, twelve that are looked up by token id, four and two identities. Every view takes it, and says of each what it has.
/// </summary>
public sealed class UnlikeRoutersTests : IDisposable
{
    private const int Steps = 30, Rows = 8, LookingUp = 1, WithIdentities = 2;

    private static readonly IReadOnlyList<RouterInfo> Routers =
    [
        Batches.Router(8, 2, 0),
        Batches.Router(new RouterRule { Experts = 12, K = 3, Ranks = RankedValues.TokenTable, Scores = ScoreFunction.SqrtSoftplus, Normalise = true, Scale = 1.5f }, 1),
        Batches.Router(new RouterRule { Experts = 6, IdentityExperts = 2, K = 2 }, 2),
    ];

    private readonly TraceFolder _folder = new();
    private readonly List<RoutingBatch> _batches = [.. Run()];
    private readonly RecordedRun _run;

    public UnlikeRoutersTests() => _run = RecordedRun.Open(_folder.Write(Routers, _batches));

    public void Dispose()
    {
        _run.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Loads_AreOfExpertsThatHaveOne()
    {
        var loads = LoadsView.Of(_run, default, null, CancellationToken.None);
        Assert.Equal(8 + 12 + 6, loads.Counts.Length);
        var counts = loads.Counts[^6..];
        var mine = loads.Routers[WithIdentities];
        Assert.Equal((counts[..4].Sum(), counts[4..].Sum()), (mine.Assignments, mine.IdentityAssignments!.Value));
        Assert.True(mine.IdentityAssignments > 0);
        Assert.Equal(LoadFormulas.Cv(counts.AsSpan(0, 4)), mine.Cv!.Value, 1e-12);
        Assert.Equal(LoadFormulas.EffectiveExperts(counts.AsSpan(0, 4)), mine.EffectiveExperts!.Value, 1e-12);
        Assert.Equal(0, mine.DropRate);
        Assert.All(mine.Dead.Concat(mine.Cold).Concat(mine.Hot), e => Assert.InRange(e, 0, 3));
        Assert.Null(loads.Routers[0].IdentityAssignments);
        Assert.Equal(3 * Steps * Rows, loads.Routers[LookingUp].Assignments);
    }

    [Fact]
    public void Timeline_HasNoMarginWhereNothingIsRanked()
    {
        var timeline = TimelineView.Of(_run, [0, 1, 2], [StepMetric.Cv, StepMetric.Entropy, StepMetric.Margin, StepMetric.Drops, StepMetric.ZLoss], default, 64, Translations.English, null, CancellationToken.None);
        foreach (var series in timeline.Series)
            Assert.Equal(series.Metric == "margin" && series.Router == LookingUp, Array.TrueForAll(series.Min, float.IsNaN));
        var first = _batches.First(b => b.Router.Index == WithIdentities);
        var counts = new long[6];
        first.CountInto<long>(counts, 1);
        Assert.Equal(LoadFormulas.Cv(counts.AsSpan(0, 4)), timeline.Series.Single(s => (s.Metric, s.Router) == ("cv", WithIdentities)).Min[0], 1e-5);
    }

    [Fact]
    public void Decision_SaysWhatThereIs()
    {
        var byToken = DecisionView.Of(_run, LookingUp, new RowPlace(3, 0, 0, 2), CancellationToken.None);
        Assert.Equal((null, null, null), (byToken.RunnerUp, byToken.Margin, byToken.SelectionScores));
        Assert.Equal(12, byToken.Scores!.Length);
        Assert.All(byToken.Experts, e => Assert.Equal((true, true, false, true), (e.Weight is not null, e.Score is not null, e.SelectionScore is not null, e.Load is not null)));
        Assert.NotNull(byToken.Entropy);
        var shown = Enumerable.Range(0, Rows).SelectMany(row => DecisionView.Of(_run, WithIdentities, new RowPlace(3, 0, 0, row), CancellationToken.None).Experts).ToList();
        Assert.Contains(shown, e => e.Expert >= 4);
        Assert.All(shown, e => Assert.Equal(e.Expert < 4, e.Load is not null));
    }

    [Fact]
    public void EveryOtherView_TakesEachRouterAndEachPair()
    {
        foreach (var router in Routers)
        {
            var page = TokensView.From(_run, router.Index, new RowPlace(1, 0, 0, 0), 20, CancellationToken.None);
            Assert.Equal(20, page.Text.Count);
            Assert.Equal(router.Rule.ByToken, Array.TrueForAll(page.Margin, float.IsNaN));
            for (var e = 0; e < router.Experts; e++)
            {
                var dossier = DossierView.Of(_run, router.Index, e, default, 32, null, null, CancellationToken.None);
                Assert.Equal(e < router.Rule.RealExperts, dossier.Utilization is not null);
                Assert.Equal(_batches.Where(b => b.Router == router).Sum(b => b.SelectedExperts.Count(e)), dossier.Count);
            }
            Assert.NotEmpty(FlowView.OfTokens(_run, router.Index, default, 0.001, null, CancellationToken.None).Nodes);
            foreach (var other in Routers)
            {
                var together = TogetherView.Of(_run, router.Index, other.Index, default, null, CancellationToken.None);
                Assert.Equal((router.Experts, other.Experts, (long)Steps * Rows), (together.Counts.GetLength(0), together.Counts.GetLength(1), together.Tokens));
                if (router != other) Assert.NotEmpty(FlowView.OfLayers(_run, router.Index, other.Index, default, 0.001, null, CancellationToken.None).Links);
            }
        }
        Assert.Equal(3, LogitsView.Of(_run, [0, 1, 2], default, 16, 64, null, CancellationToken.None).Routers.Count);
        using var again = RecordedRun.Open(_folder.File);
        Assert.Equal(0, CompareView.Of(_run, again, _ => { }, CancellationToken.None).Differing);
        Assert.NotNull(AnomaliesView.Of(_run, CancellationToken.None).To);
    }

    [Fact]
    public void Trace_KeepsRules_AndCompactsToWhatWasObserved()
    {
        Assert.Empty(TraceVerifier.Check(_folder.File, default));
        TraceRewriter.Rewrite(_folder.File, _folder["b.moetrace"], new RewriteOptions { Compact = true }, default);
        Assert.Empty(TraceVerifier.Check(_folder["b.moetrace"], default));
        using var reader = TraceReader.Open(_folder["b.moetrace"]);
        Assert.Equal(Routers.Select(r => r.Rule), reader.Routers.Select(r => r.Rule));
        var (pass, read) = (new RoutingPass(), new RoutingBatch());
        foreach (var batch in _batches)
        {
            Assert.True(reader.Read(TraceRoundTripTests.KeyOf(batch), pass, read));
            SameBatch.Assert(batch, read);
            Assert.Equal(!batch.Router.Rule.ByToken, read.Has(RoutingColumns.SelectionScores));
        }
        using var rows = Database.OpenToRead(_folder["b.moetrace"]);
        Assert.Equal(0, rows.Number($"SELECT count(*) FROM batches WHERE id & 65535 = {LookingUp} AND (selected_experts IS NULL OR routing_weights IS NOT NULL OR router_scores IS NOT NULL)"));
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("jsonl")]
    [InlineData("npz")]
    public void Export_HasSelectionScoresWhereExpertsAreRanked(string format)
    {
        using var trace = TraceReader.Open(_folder.File);
        using var into = new MemoryStream();
        Assert.Equal(RoutingColumns.All, Exporters.Export(trace, format, new ExportOptions { Columns = RoutingColumns.All }, into, CancellationToken.None).Columns);
        if (format == "npz") return;
        var lines = Encoding.UTF8.GetString(into.ToArray()).Split('\n').Where(l => l.Contains("model.layers.", StringComparison.Ordinal)).ToList();
        Assert.Equal(3 * Steps * Rows, lines.Count);
        Assert.All(lines, l => Assert.Equal(!l.Contains(Routers[LookingUp].Name, StringComparison.Ordinal), format == "csv" ? !l.TrimEnd('\r').EndsWith(",,,,,,,,,,,,", StringComparison.Ordinal) : l.Contains("selection_scores", StringComparison.Ordinal)));
    }

    private static IEnumerable<RoutingBatch> Run()
    {
        var random = new Random(5);
        var table = Enumerable.Range(0, 20).Select(_ => Enumerable.Range(0, 12).OrderBy(_ => random.Next()).Take(3).ToArray()).ToArray();
        for (var step = 1; step <= Steps; step++)
        {
            var ids = Enumerable.Range(0, Rows).Select(_ => random.Next(table.Length)).ToArray();
            float[] Logits(RouterInfo router) => [.. Enumerable.Range(0, router.Experts).Select(_ => random.NextSingle() * 4 - 2)];
            foreach (var router in Routers)
            {
                var batch = router.Rule.ByToken ? Batches.LookedUp(router, step, [.. ids.Select(id => (Logits(router), table[id]))])
                    : Batches.Routed(router, step, [.. ids.Select(_ => Logits(router))]);
                for (var row = 0; row < Rows; row++)
                    (batch.Pass.Rows.Sequence[row], batch.Pass.Rows.Position[row], batch.Pass.Rows.TokenId[row], batch.Pass.Rows.Text[row]) = (step - 1, row, ids[row], $"t{ids[row]}");
                yield return batch;
            }
        }
    }
}
