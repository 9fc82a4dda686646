using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Tests.Breakpoints;

/// <summary>Routers and batches made by hand or by a seed.</summary>
internal static class Batches
{
    public static RouterInfo Router(int layer = 2, int experts = 8, int k = 2, Func<RouterRule, RouterRule>? change = null)
    {
        var rule = new RouterRule { Experts = experts, K = k };
        return new RouterInfo
        {
            Id = new RouterId("decoder", layer, 0),
            Name = $"model.layers.{layer}.mlp.gate",
            Rule = change is null ? rule : change(rule),
            Index = layer,
        };
    }

    public static IReadOnlyList<RouterInfo> Routers(int layers, int experts = 8, int k = 2) => [.. Enumerable.Range(0, layers).Select(l => Router(l, experts, k))];

    /// <summary>A batch whose rows select the given experts with weights 0.6 and 0.4 (or as many as there are).</summary>
    public static RoutingBatch Selecting(RouterInfo router, params int[][] rows) => Selecting(router, 1, 0, rows);

    public static RoutingBatch Selecting(RouterInfo router, long step, int pass, int[][] rows)
    {
        var batch = Empty(router, rows.Length, step, pass);
        for (var row = 0; row < rows.Length; row++)
        {
            batch.LogitsOf(row).Clear();
            for (var j = 0; j < rows[row].Length; j++)
                if (rows[row][j] >= 0) batch.LogitsOf(row)[rows[row][j]] = 3 - j;
            Route(batch, row);
            rows[row].CopyTo(batch.ExpertsOf(row));
            for (var j = 0; j < batch.Slots; j++) batch.WeightsOf(row)[j] = rows[row][j] < 0 ? 0 : j == 0 ? 0.6f : 0.4f;
        }
        return batch;
    }

    /// <summary>A batch routed by the router's own rule from random logits.</summary>
    public static RoutingBatch Random(RouterInfo router, int tokens, int seed, float spread = 2)
    {
        var random = new Random(seed);
        var batch = Empty(router, tokens, 1, 0);
        for (var row = 0; row < tokens; row++)
        {
            foreach (ref var z in batch.LogitsOf(row)) z = (float)((random.NextDouble() - 0.5) * 2 * spread);
            Route(batch, row);
        }
        return batch;
    }

    public static RoutingBatch Empty(RouterInfo router, int tokens, long step, int pass)
    {
        var where = new RoutingPass { Step = step, Pass = pass, Phase = Phase.Prefill };
        where.Rows.Reset(tokens);
        for (var row = 0; row < tokens; row++)
        {
            where.Rows.Sequence[row] = 0;
            where.Rows.Position[row] = row;
            where.Rows.TokenId[row] = 100 + row;
            where.Rows.Text[row] = $"t{row}";
        }
        var batch = new RoutingBatch();
        batch.Reset(router, where, router.Rule.K, RoutingColumns.All);
        return batch;
    }

    public static void Route(RoutingBatch batch, int row) => RouterRules.Route(
        batch.Router.Rule, batch.LogitsOf(row), batch.ScoresOf(row), batch.SelectionOf(row), batch.ExpertsOf(row), batch.WeightsOf(row));
}
