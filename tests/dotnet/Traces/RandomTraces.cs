using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Tests.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Tests.Traces;

/// <summary>Batches of every shape that the vocabulary can say, from a seed.</summary>
internal static class RandomTraces
{
    public static readonly string[] Labels = ["code", "law", "\"{}\u00e4\U0001F600", ""];

    /// <summary>Routers of different N, k and rule; the last one's experts have a capacity.</summary>
    public static IReadOnlyList<RouterInfo> Routers(Random random)
    {
        var sizes = new[] { 4, 16, 255, 256, 300 };
        var routers = Enumerable.Range(0, random.Next(1, 4)).Select(i => Batches.Router(
            new RouterRule
            {
                Experts = sizes[random.Next(sizes.Length)],
                K = random.Next(1, 5),
                IdentityExperts = random.Next(3),
                Scores = (ScoreFunction)random.Next(3),
                Ranks = (RankedValues)random.Next(3),
                Normalise = random.Next(2) == 0,
                Scale = random.Next(2) == 0 ? 1 : 2.5f,
            }, i)).ToList();
        routers.Add(Batches.Router(new RouterRule { Experts = 8, K = 2, Capacity = 3 }, routers.Count) with { Sources = [new("/a b/\u00e4.py", 81, IsCall: true), new("/a b/\u00e4.py", 64, IsCall: false)] });
        return routers;
    }

    /// <summary>All batches of a run: several ranks and passes, rows known and unknown, padded, changed, grown.</summary>
    public static IEnumerable<RoutingBatch> Run(Random random, IReadOnlyList<RouterInfo> routers, int steps)
    {
        for (var step = 1; step <= steps; step++)
            for (var pass = 0; pass < random.Next(1, 3); pass++)
                for (var rank = 0; rank < random.Next(1, 3); rank++)
                {
                    var shared = Pass(random, step, pass, rank);
                    foreach (var router in routers)
                        if (random.Next(5) > 0) yield return Batch(random, router, shared);
                }
    }

    private static RoutingPass Pass(Random random, int step, int pass, int rank)
    {
        var made = new RoutingPass { Step = step, Pass = pass, Rank = rank, Phase = (Phase)random.Next(5) };
        var count = random.Next(6) switch { 0 => 0, 1 => 1, 2 => 40, _ => random.Next(1, 9) };
        made.Rows.Reset(count);
        var unknown = random.Next(8) == 0;
        for (var row = 0; row < count; row++)
        {
            made.Rows.Sequence[row] = unknown ? -1 : random.Next(3);
            made.Rows.Position[row] = unknown ? -1 : random.Next(1000);
            made.Rows.TokenId[row] = random.Next(4) == 0 ? -1 : random.Next(50);
            var id = made.Rows.TokenId[row];
            made.Rows.Text[row] = id >= 0 ? (random.Next(9) == 0 ? $"other {id}" : $"t{id}\n") : random.Next(2) == 0 ? "\u3042 '" : null;
            made.Rows.Label[row] = random.Next(3) == 0 ? Labels[random.Next(Labels.Length)] : random.Next(2) == 0 ? null : Labels[Math.Max(0, made.Rows.Sequence[row])];
            made.Rows.Padding[row] = !unknown && random.Next(6) == 0;
        }
        made.Rows.IsPaddingKnown = !unknown || count == 0;
        return made;
    }

    private static RoutingBatch Batch(Random random, RouterInfo router, RoutingPass pass)
    {
        var batch = new RoutingBatch();
        var changed = random.Next(3) == 0;
        batch.Reset(router, pass, router.Rule.K, changed ? RoutingColumns.All : (RoutingColumns)random.Next(32));
        Fill(random, batch);
        if (!changed) return batch;
        var rerouter = new Rerouter();
        for (var row = 0; row < batch.Tokens; row += 2)
            rerouter.Apply(batch, row, [new Intervention { Kind = InterventionKind.K, K = Math.Min(router.Experts, router.Rule.K + random.Next(3)) }, new Intervention { Kind = InterventionKind.Mask, Experts = [random.Next(router.Experts)] }]);
        return batch;
    }

    private static void Fill(Random random, RoutingBatch batch)
    {
        var router = batch.Router;
        var (n, k) = (router.Experts, batch.Slots);
        Span<float> logits = new float[n], scores = new float[n], selection = new float[n], weights = new float[k];
        Span<int> selected = new int[k];
        var invalid = random.Next(8) == 0;
        for (var row = 0; row < batch.Tokens; row++)
        {
            foreach (ref var z in logits) z = random.Next(200) == 0 ? float.NaN : (random.NextSingle() - 0.5f) * 8;
            if (router.Rule.ByToken) foreach (ref var e in selected) e = random.Next(n);
            RouterRules.Route(router.Rule, logits, scores, selection, selected, weights);
            if (random.Next(4) == 0) (selected[^1], weights[^1]) = (-1, 0);
            if (invalid) selected[0] = new[] { -7, n, 255, 65535, 1 << 20 }[random.Next(5)];
            if (batch.Has(RoutingColumns.RouterLogits)) logits.CopyTo(batch.LogitsOf(row));
            if (batch.Has(RoutingColumns.RouterScores)) scores.CopyTo(batch.ScoresOf(row));
            if (batch.Has(RoutingColumns.SelectionScores)) selection.CopyTo(batch.SelectionOf(row));
            if (batch.Has(RoutingColumns.SelectedExperts)) selected.CopyTo(batch.ExpertsOf(row));
            if (batch.Has(RoutingColumns.RoutingWeights)) weights.CopyTo(batch.WeightsOf(row));
        }
        foreach (ref var e in batch.Chosen) e = random.Next(-1, n);
        foreach (ref var t in batch.Taken) t = random.Next(4);
    }
}
