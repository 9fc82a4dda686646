using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Routing;
using MoeDevtools.Tests.Routing;

namespace MoeDevtools.Tests.Analysis.Anomalies;

/// <summary>What goes wrong in a training: frozen weights, exploding logits, drops; and the traits that are worth knowing.</summary>
public sealed class TrainingAnomalyTests
{
    private static readonly IReadOnlyList<RouterInfo> Routers = [Batches.Router(8, 2), Batches.Router(8, 2, 1)];

    [Fact]
    public void Frozen_IsReportedOnce_WhereGradientsChangeNothing()
    {
        var watch = new Watch(Routers, "frozen_router:window=5");
        for (var step = 3; step <= 20; step++) watch.See(Weights(step, ("a", true), (step.ToString(null, null), true)));

        var anomaly = Assert.Single(watch.All);
        Assert.Equal((AnomalySeverity.Error, 8, 5.0, 5.0), (anomaly.Severity, anomaly.Step, anomaly.Value, anomaly.Threshold));
        Assert.Same(Routers[0], anomaly.Router);
        Assert.Equal("frozen_router: weights unchanged over 5 optimizer steps, since step 3", anomaly.Text);
    }

    [Fact]
    public void Frozen_IsNewsAgain_AfterTheWeightsMoved()
    {
        var watch = new Watch(Routers, "frozen_router:window=5");
        for (var step = 1; step <= 20; step++) watch.See(Weights(step, (step < 10 ? "a" : "b", null)));
        Assert.Equal([6, 15], watch.All.Select(a => a.Step));
    }

    [Fact]
    public void Weights_WithoutGradientOrChecksum_AreNotCalledFrozen()
    {
        var watch = new Watch(Routers, "frozen_router:window=2");
        for (var step = 1; step <= 20; step++) watch.See(Weights(step, ("a", false), (null, true)));
        Assert.Empty(watch.All);
    }

    [Fact]
    public void Ranks_AreNotMixedUp()
    {
        var watch = new Watch(Routers, "frozen_router:window=2");
        for (var step = 1; step <= 9; step++)
            for (var rank = 0; rank < 2; rank++) watch.See(Weights(step, ($"shard {rank}", true)) with { Rank = rank });
        Assert.Equal(3, Assert.Single(watch.All).Step);
    }

    [Fact]
    public void Frozen_IsForgottenByARestart()
    {
        var watch = new Watch(Routers, "frozen_router:window=2");
        watch.See(Weights(1, ("a", true)));
        watch.See(Weights(2, ("a", true)));
        watch.Monitor.Clear();
        watch.See(Weights(3, ("a", true)));
        watch.See(Weights(4, ("a", true)));
        Assert.Empty(watch.All);
    }

    [Fact]
    public void Explosion_IsGrowthOfTheZLoss()
    {
        var watch = new Watch(Routers, "logit_explosion");
        for (var step = 1; step <= 60; step++) watch.See(Scaled(step, step <= 20 ? 2 : 2 + (step - 20)));

        var anomaly = Assert.Single(watch.All);
        Assert.Equal(AnomalySeverity.Warning, anomaly.Severity);
        Assert.InRange(anomaly.Step, 26, 40);
        Assert.True(anomaly.Value > anomaly.Threshold && anomaly.Threshold >= 50);
        Assert.Matches(@"^logit_explosion: router z-loss grew to \d+\.\d from \d+\.\d, and is above \d+\.\d$", anomaly.Text);
    }

    [Fact]
    public void LogitsThatWereAlwaysLarge_OrGrowALittle_DoNotExplode()
    {
        var watch = new Watch(Routers, "logit_explosion");
        for (var step = 1; step <= 60; step++)
        {
            watch.See(Scaled(step, 60));
            watch.See(Scaled(step, 1 + step / 20.0, router: 1));
        }
        Assert.Empty(watch.All);
    }

    [Fact]
    public void Drops_AboveAQuarter_AreReported()
    {
        var watch = new Watch(Routers, "token_drop");
        Assert.Empty(watch.See(Dropping(1, 4)));
        var anomaly = Assert.Single(watch.See(Dropping(2, 8)));
        Assert.Equal("token_drop: drop rate 0.30 > 0.25 over 2 steps (800 tokens)", anomaly.Text);
        Assert.Equal(AnomalySeverity.Warning, anomaly.Severity);
    }

    [Fact]
    public void Drops_OfAYoungTraining_AreNotReported()
    {
        var watch = new Watch(Routers, "token_drop:settle=100");
        for (var step = 31; step <= 250; step++)
        {
            var batch = Dropping(step, step < 60 ? 8 : step < 200 ? 3 : 9);
            batch.Pass.Phase = Phase.Train;
            watch.See(batch);
        }
        Assert.InRange(Assert.Single(watch.All).Step, 201, 240);
    }

    [Fact]
    public void SlotsThatAnInterventionEmptied_AreNotDropped()
    {
        var batch = Batches.Chosen(Routers[0], 1, [.. Enumerable.Range(0, 400).Select(i => new[] { i % 8, (i + 1) % 8 })]);
        batch.BeginChange();
        batch.SelectedExperts.Fill(-1);
        Assert.Empty(new Watch(Routers, "token_drop").See(batch));
    }

    [Fact]
    public void HotAndCold_NameTheirExperts_OnceTheTokensSuffice()
    {
        var watch = new Watch(Routers, "hot_expert", "cold_expert");
        // E4 in every token: 4 fair shares. E7 in 1 of 4000 tokens.
        int[] Row(int i) => [4, i % 4000 == 9 ? 7 : i % 6 < 4 ? i % 6 : i % 6 + 1];
        for (var step = 1; step <= 20; step++)
            watch.See(Batches.Chosen(Routers[0], step, [.. Enumerable.Range(400 * (step - 1), 400).Select(Row)]));

        Assert.Equal(["hot_expert", "cold_expert"], watch.All.Select(a => a.Id));
        Assert.All(watch.All, a => Assert.Equal(AnomalySeverity.Info, a.Severity));
        Assert.Equal([4], watch.All[0].Experts);
        Assert.Equal("hot_expert: E4: load up to 4.00, above 3.00 over 1 steps (400 tokens)", watch.All[0].Text);
        Assert.Equal([7], watch.All[1].Experts);
        Assert.True(watch.All[1].Step > 5);
    }

    [Fact]
    public void UndecidedAndOverSharp_AreTraits()
    {
        var watch = new Watch(Routers, "undecided_router:min_tokens=100", "over_sharp_router:min_tokens=100");
        for (var step = 1; step <= 4; step++)
        {
            watch.See(Scaled(step, 0.01));
            watch.See(Scaled(step, 400, router: 1));
        }
        Assert.Equal(["undecided_router", "over_sharp_router"], watch.All.Select(a => a.Id));
        Assert.Equal([0, 1], watch.All.Select(a => a.Router.Index));
        Assert.All(watch.All, a => Assert.Equal(AnomalySeverity.Info, a.Severity));
    }

    /// <summary>400 rows, of which <paramref name="tenths"/> tenths lose one of their two experts.</summary>
    private static RoutingBatch Dropping(int step, int tenths) => Batches.Chosen(Routers[0], step, [.. Enumerable.Range(0, 400).Select(i => new[] { i % 8, i % 10 < tenths ? -1 : (i + 1) % 8 })]);

    private static TrainingStep Weights(long step, params (string? Checksum, bool? Gradient)[] routers) =>
        new() { Step = step, Routers = [.. routers.Select((r, i) => new RouterWeights(i, r.Checksum, r.Gradient))] };

    /// <summary>128 rows of normal logits times <paramref name="scale"/>.</summary>
    private static RoutingBatch Scaled(int step, double scale, int router = 0)
    {
        var random = new Random(step * 7 + router);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return Batches.Routed(Routers[router], step, [.. Enumerable.Range(0, 128).Select(_ => Enumerable.Range(0, 8).Select(_ => (float)(scale * Normal())).ToArray())]);
    }
}
