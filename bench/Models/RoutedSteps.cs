using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Bench.Models;

/// <summary>A few steps of routed rows, given out again and again under other numbers.</summary>
internal sealed class RoutedSteps
{
    private const int Different = 4;
    private readonly RoutingPass[] _passes = new RoutingPass[Different];
    private readonly RoutingBatch[][] _batches = new RoutingBatch[Different][];

    public RoutedSteps(int routers, int experts, int k, int rows, RoutingColumns columns)
    {
        var random = new Random(7);
        Routers = [.. Enumerable.Range(0, routers).Select(i => new RouterInfo
        {
            Id = new RouterId("decoder", i, 0), Name = $"model.layers.{i}.mlp.gate", Rule = new RouterRule { Experts = experts, K = k }, Index = i,
        })];
        for (var i = 0; i < Different; i++)
        {
            var pass = _passes[i] = new RoutingPass();
            pass.Rows.Reset(rows);
            for (var row = 0; row < rows; row++) (pass.Rows.Position[row], pass.Rows.TokenId[row]) = (row, random.Next(50_000));
            _batches[i] = [.. Routers.Select(router => Routed(router, pass, random, columns))];
        }
    }

    public IReadOnlyList<RouterInfo> Routers { get; }

    public RoutingBatch[] At(long step)
    {
        var i = (int)(step % Different);
        _passes[i].Step = step;
        return _batches[i];
    }

    private static RoutingBatch Routed(RouterInfo router, RoutingPass pass, Random random, RoutingColumns columns)
    {
        var batch = new RoutingBatch();
        batch.Reset(router, pass, router.Rule.K, RoutingColumns.All);
        foreach (ref var z in batch.RouterLogits) z = random.NextSingle() * 6;
        for (var row = 0; row < batch.Tokens; row++)
            RouterRules.Route(router.Rule, batch.LogitsOf(row), batch.ScoresOf(row), batch.SelectionOf(row), batch.ExpertsOf(row), batch.WeightsOf(row));
        batch.Present = columns;
        batch.Observed &= columns;
        return batch;
    }
}
