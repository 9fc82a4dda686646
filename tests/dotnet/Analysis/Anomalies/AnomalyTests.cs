using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Routing;
using MoeDevtools.Tests.Routing;

namespace MoeDevtools.Tests.Analysis.Anomalies;

public sealed class AnomalyTests
{
    private static readonly IReadOnlyList<RouterInfo> Routers = [Batches.Router(8, 2), Batches.Router(8, 2, 1)];

    // nan_logits

    [Fact]
    public void Nan_IsReportedAtTheFirstRouterWithItsRows()
    {
        var watch = new Watch(Routers);
        var (first, second) = (Random(0, 1, 6), Random(1, 1, 6));
        first.LogitsOf(2)[5] = float.NaN;
        first.LogitsOf(4)[1] = float.PositiveInfinity;
        second.RouterLogits.Fill(float.NaN);

        var anomaly = Assert.Single(watch.See(first));
        Assert.Empty(watch.See(second));

        Assert.Equal(("nan_logits", AnomalySeverity.Error, 1), (anomaly.Id, anomaly.Severity, anomaly.Step));
        Assert.Same(Routers[0], anomaly.Router);
        Assert.Equal([2, 4], anomaly.Rows);
        Assert.Equal(2, anomaly.Row);
        Assert.Equal([5], anomaly.Experts);
        Assert.Equal(2, anomaly.Value);
        Assert.Equal("nan_logits: router logits of 2 of 6 rows are NaN or Inf, first row 2 (position 2)", anomaly.Text);
    }

    [Fact]
    public void Nan_IsReportedAgainOnlyAfterItWasGone()
    {
        var watch = new Watch(Routers);
        var reports = Enumerable.Range(1, 7).Select(step =>
        {
            var batch = Random(0, step, 3);
            if (step is 2 or 3 or 4 or 6) batch.LogitsOf(0)[0] = float.NaN;
            return watch.See(batch).Count;
        });
        Assert.Equal([0, 1, 0, 0, 0, 1, 0], reports);
    }

    [Fact]
    public void Nan_AtAnEarlierRouterLater_IsNews()
    {
        var watch = new Watch(Routers);
        RoutingBatch Bad(int router, int step)
        {
            var batch = Random(router, step, 3);
            batch.LogitsOf(1)[0] = float.NegativeInfinity;
            return batch;
        }
        watch.See(Random(0, 1, 3));
        Assert.Single(watch.See(Bad(1, 1)));
        Assert.Single(watch.See(Bad(0, 2)));
        Assert.Empty(watch.See(Bad(1, 2)));
    }

    [Fact]
    public void Nan_InPadding_IsNone()
    {
        var batch = Random(0, 1, 3);
        batch.LogitsOf(1)[0] = float.NaN;
        batch.Pass.Rows.Padding[1] = true;
        Assert.Empty(new Watch(Routers).See(batch));
    }

    [Fact]
    public void Infinity_OfAnIntervention_IsNone()
    {
        var batch = Random(0, 1, 3);
        batch.BeginChange();
        batch.LogitsOf(1)[0] = float.NegativeInfinity;
        Assert.Empty(new Watch(Routers).See(batch));
    }

    [Fact]
    public void Nan_EndsTheCheckOfItsBatch()
    {
        var watch = Watch.WithEverything(Routers);
        var batch = Batches.Chosen(Routers[0], 1, [.. Enumerable.Repeat(new[] { 0, 1 }, 500)]);
        batch.LogitsOf(0)[0] = float.NaN;
        Assert.Equal(["nan_logits"], watch.See(batch).Select(a => a.Id));
        batch.LogitsOf(0)[0] = 0;
        Assert.Contains("router_collapse", watch.See(batch).Select(a => a.Id));
    }

    // router_collapse

    [Fact]
    public void Collapse_IsReportedOnceEnoughTokensShowIt()
    {
        var watch = new Watch(Routers, "router_collapse:min_tokens=40");
        Assert.Empty(watch.See(Batches.Chosen(Routers[0], 1, [.. Enumerable.Repeat(new[] { 3, 5 }, 39)])));
        var anomaly = Assert.Single(watch.See(Batches.Chosen(Routers[0], 2, [5, 3])));
        Assert.Empty(watch.See(Batches.Chosen(Routers[0], 3, [5, 3])));

        Assert.Equal(AnomalySeverity.Error, anomaly.Severity);
        Assert.Equal([3, 5], anomaly.Experts);
        Assert.Equal(2, anomaly.Value, 1e-9);
        Assert.Equal(3, anomaly.Threshold);
        Assert.Null(anomaly.Row);
        Assert.Equal("router_collapse: effective experts 2.0 < 3.0 over 2 steps (40 tokens)", anomaly.Text);
    }

    [Fact]
    public void Collapse_WithATrickleElsewhere_IsStillOne()
    {
        var rows = Enumerable.Range(0, 200).Select(i => i % 40 == 0 ? new[] { i / 40, 7 } : [5, 6]).ToArray();
        Assert.Single(new Watch(Routers, "router_collapse").See(Batches.Chosen(Routers[0], 1, rows)));
    }

    [Fact]
    public void Collapse_OfARouterWithFewExperts_IsNoCollapse()
    {
        IReadOnlyList<RouterInfo> few = [Batches.Router(5, 2)];
        var watch = new Watch(few, "router_collapse");
        Assert.Equal(RoutingColumns.RouterLogits, watch.Monitor.Wanted(few[0]));
        Assert.Empty(watch.See(Batches.Chosen(few[0], 1, [.. Enumerable.Repeat(new[] { 0, 1 }, 500)])));
    }

    [Fact]
    public void Collapse_LeavesTheWindow_AndIsNewsWhenItComesBack()
    {
        var watch = new Watch(Routers, "router_collapse:window=3");
        var reports = Enumerable.Range(1, 12).Select(step => watch.See(step is 1 or 2 or >= 9 ? Same(0, step, 50) : Random(0, step, 50)).Count).ToArray();
        Assert.Equal(2, reports.Sum());
        Assert.Equal(1, reports[0]);
        Assert.InRange(Array.LastIndexOf(reports, 1), 9, 11);      // once the healthy steps have left the window
    }

    [Fact]
    public void Passes_OfTheCurrentStep_BelongToTheWindow()
    {
        var watch = new Watch(Routers, "router_collapse:window=1,min_tokens=30");
        for (var pass = 0; pass < 3; pass++)
        {
            var batch = Same(0, 1, 10);
            batch.Pass.Pass = pass;
            Assert.Equal(pass == 2 ? 1 : 0, watch.See(batch).Count);
        }
    }

    [Fact]
    public void Routers_AreJudgedApart()
    {
        var watch = new Watch(Routers, "router_collapse");
        Assert.Single(watch.See(Same(0, 1, 50)));
        Assert.Empty(watch.See(Random(1, 1, 50)));
        Assert.Single(watch.See(Same(1, 2, 500)));
    }

    // dead_expert

    [Fact]
    public void Dead_IsReportedWhenZeroIsNotChance()
    {
        var watch = new Watch(Routers, "dead_expert");
        var random = new Random(11);
        var found = new List<Anomaly>();
        var step = 0;
        while (found.Count == 0 && step < 60) found.AddRange(watch.See(Alive(random, ++step, 40, without: [6])));

        // (1 − 0.05 · 2/8)^T < 0.01 / 8 from T = 532 on.
        var anomaly = Assert.Single(found);
        Assert.Equal(14, step);
        Assert.Equal([6], anomaly.Experts);
        Assert.Equal(AnomalySeverity.Warning, anomaly.Severity);
        Assert.Equal(Math.Pow(1 - 0.0125, 560), anomaly.Value, 1e-12);
        Assert.Equal("dead_expert: no token chose E6 over 14 steps (560 tokens; chance 8.7e-4 < 1.3e-3)", anomaly.Text);
    }

    [Fact]
    public void Dead_NeedsSteps_NotOnlyTokens()
    {
        var watch = new Watch(Routers, "dead_expert");
        var random = new Random(12);
        for (var step = 1; step < 10; step++) Assert.Empty(watch.See(Alive(random, step, 1000, without: [6])));
        Assert.Single(watch.See(Alive(random, 10, 1000, without: [6])));
    }

    [Fact]
    public void Dead_ReportsEachExpertOnce_UntilItLives()
    {
        var watch = new Watch(Routers, "dead_expert:window=12");
        var random = new Random(13);
        for (var step = 1; step <= 100; step++)
            watch.See(Alive(random, step, 100, without: step switch { <= 20 => [6], <= 50 => [2, 6], <= 51 => [], _ => [2] }));
        Assert.Equal(["6", "2", "2"], watch.All.Select(a => string.Join(' ', a.Experts)));
    }

    [Fact]
    public void FewTokens_ShowNoDeadExpert()
    {
        var watch = new Watch(Routers, "dead_expert");
        for (var step = 1; step <= 200; step++) Assert.Empty(watch.See(Batches.Chosen(Routers[0], step, [0, 1])));
    }

    // load_imbalance

    [Fact]
    public void Imbalance_IsInfo_WithTheBusyExperts()
    {
        var watch = new Watch(Routers, "load_imbalance");
        var rows = Enumerable.Range(0, 140).Select(i => new[] { 4, i % 7 < 4 ? i % 7 : (i % 7) + 1 }).ToArray();
        var anomaly = Assert.Single(watch.See(Batches.Chosen(Routers[0], 1, rows)));
        Assert.Empty(watch.See(Batches.Chosen(Routers[0], 2, rows)));
        Assert.Equal(AnomalySeverity.Info, anomaly.Severity);
        Assert.Equal([4], anomaly.Experts);
        Assert.Equal(3, anomaly.Value, 1e-12);
        Assert.Equal("load_imbalance: MaxVio 3.00 > 2.00 over 1 steps (140 tokens)", anomaly.Text);
    }

    [Fact]
    public void Imbalance_UnderTheThreshold_IsNone() => Assert.Empty(new Watch(Routers, "load_imbalance:threshold=0.5").See(Random(0, 1, 500)));

    // entropy_cliff

    [Fact]
    public void Cliff_IsReportedOnce_AndTheNewLevelIsLearnt()
    {
        var watch = new Watch(Routers, "entropy_cliff");
        var random = new Random(14);
        for (var step = 1; step <= 80; step++) watch.See(Sharp(random, step, 40, step <= 30 ? 1 : 20));
        var anomaly = Assert.Single(watch.All);
        Assert.InRange(anomaly.Step, 31, 32);
        Assert.Equal(AnomalySeverity.Warning, anomaly.Severity);
        Assert.True(anomaly.Value < anomaly.Threshold);
        Assert.StartsWith("entropy_cliff: mean router entropy fell to 0.", anomaly.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Cliff_OfDecodedTokens_IsSeenInPooledRows()
    {
        var watch = new Watch(Routers, "entropy_cliff");
        var random = new Random(15);
        for (var step = 1; step <= 600; step++) watch.See(Sharp(random, step, 1, step <= 400 ? 1 : 20));
        Assert.InRange(Assert.Single(watch.All).Step, 401, 400 + 3 * 32);
    }

    [Fact]
    public void SlowDrift_AndLowEntropy_AreNoCliff()
    {
        var watch = new Watch(Routers, "entropy_cliff");
        var random = new Random(16);
        for (var step = 1; step <= 400; step++)
        {
            watch.See(Sharp(random, step, 40, 1 + step / 100.0));
            watch.See(Sharp(random, step, 40, 20, router: 1));
        }
        Assert.Empty(watch.All);
    }

    // All together

    [Theory]
    [InlineData(16, 4, 0.0)]
    [InlineData(64, 8, 0.6)]
    [InlineData(128, 8, 0.4)]
    [InlineData(8, 2, 0.3)]
    public void HealthyRouting_RaisesNothingAboveInfo(int experts, int k, double skew)
    {
        IReadOnlyList<RouterInfo> routers = [Batches.Router(experts, k)];
        var watch = Watch.WithEverything(routers);
        var random = new Random(17);
        var bias = Enumerable.Range(0, experts).Select(_ => skew * Normal(random)).ToArray();
        for (var step = 1; step <= 300; step++)
            watch.See(Batches.Routed(routers[0], step, [.. Enumerable.Range(0, step % 25 == 1 ? 300 : 1).Select(_ => bias.Select(b => (float)(b + 1.5 * Normal(random))).ToArray())]));
        Assert.DoesNotContain(watch.All, a => a.Severity > AnomalySeverity.Info);
    }

    [Fact]
    public void Check_FindingNothing_AllocatesNothing()
    {
        var monitor = new AnomalyMonitor(Routers);
        foreach (var info in AnomalyMonitor.Known) monitor.Enable(info.Id, null);
        var loads = new ExpertLoads(8, monitor.LongestWindow);
        var batch = Random(0, 1, 64);
        var found = new List<Anomaly>();
        void Round()
        {
            for (var i = 0; i < 50; i++)
            {
                batch.Pass.Step++;
                monitor.Check(batch, loads, found);
                loads.Add(batch);
            }
        }
        Round();
        var start = GC.GetAllocatedBytesForCurrentThread();
        Round();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - start);
        Assert.Empty(found);
    }

    private static RoutingBatch Random(int router, int step, int tokens) => Sharp(new Random(step * 31 + router), step, tokens, 1, router);

    private static RoutingBatch Same(int router, int step, int tokens) => Batches.Chosen(Routers[router], step, [.. Enumerable.Repeat(new[] { 0, 1 }, tokens)]);

    private static RoutingBatch Alive(Random random, int step, int tokens, int[] without) =>
        Batches.Chosen(Routers[0], step, [.. Enumerable.Range(0, tokens).Select(_ => Batches.Draw(random, 2, [.. Enumerable.Range(0, 8).Select(e => without.Contains(e) ? 0.0 : 1)]))]);

    private static RoutingBatch Sharp(Random random, int step, int tokens, double scale, int router = 0) =>
        Batches.Routed(Routers[router], step, [.. Enumerable.Range(0, tokens).Select(_ => Enumerable.Range(0, 8).Select(_ => (float)(scale * Normal(random))).ToArray())]);

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
