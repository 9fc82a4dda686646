using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Tests.Routing;

/// <summary>Hand-made routers and batches.</summary>
internal static class Batches
{
    public static RouterInfo Router(RouterRule rule, int index = 0) => new()
    {
        Id = new RouterId("decoder", index, 0),
        Name = $"model.layers.{index}.mlp.gate",
        Rule = rule,
        Index = index,
    };

    public static RouterInfo Router(int experts, int k, int index = 0) => Router(new RouterRule { Experts = experts, K = k }, index);

    /// <summary>What the router's own rule makes of these logits, a row each.</summary>
    public static RoutingBatch Routed(RouterInfo router, long step, params float[][] logits)
    {
        var batch = Empty(router, step, logits.Length);
        for (var row = 0; row < logits.Length; row++)
        {
            logits[row].CopyTo(batch.LogitsOf(row));
            RouterRules.Route(router.Rule, batch.LogitsOf(row), batch.ScoresOf(row), batch.SelectionOf(row), batch.ExpertsOf(row), batch.WeightsOf(row));
        }
        return batch;
    }

    /// <summary>What a router that looks its experts up makes of these, a row each.</summary>
    public static RoutingBatch LookedUp(RouterInfo router, long step, params (float[] Logits, int[] Experts)[] rows)
    {
        var batch = Empty(router, step, rows.Length);
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row].Logits.CopyTo(batch.LogitsOf(row));
            rows[row].Experts.CopyTo(batch.ExpertsOf(row));
            RouterRules.Route(router.Rule, batch.LogitsOf(row), batch.ScoresOf(row), [], batch.ExpertsOf(row), batch.WeightsOf(row));
        }
        return batch;
    }

    /// <summary>These experts, whatever the logits (0).</summary>
    public static RoutingBatch Chosen(RouterInfo router, long step, params int[][] experts)
    {
        var batch = Empty(router, step, experts.Length);
        batch.RouterLogits.Clear();
        batch.RouterScores.Fill(1f / router.Experts);
        batch.SelectionScores.Fill(1f / router.Experts);
        batch.RoutingWeights.Fill(1f / router.Rule.K);
        for (var row = 0; row < experts.Length; row++) experts[row].CopyTo(batch.ExpertsOf(row));
        return batch;
    }

    /// <summary>Every column present, contents to be filled.</summary>
    public static RoutingBatch Empty(RouterInfo router, long step, int tokens)
    {
        var pass = new RoutingPass { Step = step };
        pass.Rows.Reset(tokens);
        for (var row = 0; row < tokens; row++) pass.Rows.Position[row] = row;
        var batch = new RoutingBatch();
        batch.Reset(router, pass, router.Rule.K, RoutingColumns.All);
        return batch;
    }

    /// <summary>Distinct experts drawn with these odds.</summary>
    public static int[] Draw(Random random, int k, double[] odds) =>
        [.. Enumerable.Range(0, odds.Length).OrderBy(e => odds[e] > 0 ? -Math.Log(1 - random.NextDouble()) / odds[e] : double.MaxValue).Take(k)];
}
