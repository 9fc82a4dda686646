using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Tests.Models.Backends;

/// <summary>Routing, imposed routing, and experts that follow it, on each backend.</summary>
public sealed class RoutingTests
{
    private const int Hidden = 20;
    private const int Count = 6;

    public static TheoryData<string> Names => new(BackendCatalogue.Names);

    private static RouterRule Rule => new()
    {
        Experts = Count,
        K = 2,
        Scores = ScoreFunction.Sigmoid,
        Bias = [0.1f, -0.2f, 0.3f, 0, 0, 0.05f],
        Normalise = true,
        Scale = 2.5f,
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_FillsThePresentColumnsByTheRule(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(1);
        var logits = stored.Values(5 * Count);
        using var routed = Route(backend, logits, 5);
        var batch = Batch(5, 2, RoutingColumns.All);
        backend.Read(routed, batch);

        Assert.Equal(logits, batch.RouterLogits.ToArray());
        float[] scores = new float[Count], selection = new float[Count], weights = new float[2];
        var selected = new int[2];
        for (var t = 0; t < 5; t++)
        {
            RouterRules.Route(Rule, logits.AsSpan(t * Count, Count), scores, selection, selected, weights);
            Assert.Equal(scores, batch.ScoresOf(t).ToArray());
            Assert.Equal(selection, batch.SelectionOf(t).ToArray());
            Assert.Equal(selected, batch.ExpertsOf(t).ToArray());
            Assert.Equal(weights, batch.WeightsOf(t).ToArray());
        }

        var few = Batch(5, 2, RoutingColumns.SelectedExperts);
        backend.Read(routed, few);
        Assert.Equal(batch.SelectedExperts.ToArray(), few.SelectedExperts.ToArray());
        Assert.True(few.RouterLogits.IsEmpty);
        Assert.Throws<InvalidOperationException>(() => backend.Read(routed, Batch(4, 2, RoutingColumns.All)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ImposedSlots_AreWhatTheExpertsCompute(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(2);
        var experts = Enumerable.Range(0, Count)
            .Select(_ => stored.Mlp(backend, stored.Expert(StoredType.BF16, StoredType.BF16, StoredType.F16, Hidden, 33)))
            .ToArray();
        var x = stored.Values(4 * Hidden);
        using var input = backend.From(x, Hidden);
        using var routed = Route(backend, stored.Values(4 * Count), 4);
        var batch = Batch(4, 2, RoutingColumns.All);
        backend.Read(routed, batch);
        batch.GrowSlots(3);
        int[] selected = [5, 0, 3, -1, -1, -1, 2, -1, 2, -1, 1, -1];
        float[] weights = [0.5f, 0, -2, 0, 0, 0, 1, 0, 0.25f, 0, 3, 0];
        selected.CopyTo(batch.SelectedExperts);
        weights.CopyTo(batch.RoutingWeights);
        backend.Impose(routed, batch);

        using var y = backend.Rent(4, Hidden);
        backend.Experts(input, routed, experts, ActivationFunction.Silu, false, y);
        var actual = backend.ToArray(y);
        for (var t = 0; t < 4; t++)
        {
            var expected = new double[Hidden];
            for (var j = 3 * t; j < 3 * t + 3; j++)
            {
                if (selected[j] < 0) continue;
                using var row = backend.From(x[(t * Hidden)..((t + 1) * Hidden)], Hidden);
                using var one = backend.Rent(1, Hidden);
                backend.Mlp(row, experts[selected[j]], ActivationFunction.Silu, one);
                var output = backend.ToArray(one);
                for (var c = 0; c < Hidden; c++) expected[c] += (double)weights[j] * output[c];
            }
            for (var c = 0; c < Hidden; c++) Assert.Equal(expected[c], actual[t * Hidden + c], 1e-5);
        }
        Assert.All(actual[Hidden..(2 * Hidden)], value => Assert.Equal(0, value));

        batch.SelectedExperts[0] = Count;
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Impose(routed, batch));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NoRowHasExperts_TheOutputIsZero(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(3);
        var experts = Enumerable.Range(0, Count)
            .Select(_ => stored.Mlp(backend, stored.Expert(StoredType.F32, StoredType.F32, StoredType.F32, Hidden, 8)))
            .ToArray();
        using var input = backend.From(stored.Values(3 * Hidden), Hidden);
        using var routed = Route(backend, stored.Values(3 * Count), 3);
        var batch = Batch(3, 2, RoutingColumns.All);
        backend.Read(routed, batch);
        batch.SelectedExperts.Fill(-1);
        backend.Impose(routed, batch);
        using var y = backend.From(stored.Values(3 * Hidden), Hidden);
        backend.Experts(input, routed, experts, ActivationFunction.Silu, false, y);
        Assert.All(backend.ToArray(y), value => Assert.Equal(0, value));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Identities_AddTheInputByTheirWeights_AndExpertsLeaveThemOut(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(4);
        var experts = Enumerable.Range(0, 4).Select(_ => stored.Mlp(backend, stored.Expert(StoredType.BF16, StoredType.BF16, StoredType.BF16, Hidden, 8))).ToArray();
        var x = stored.Values(3 * Hidden);
        using var input = backend.From(x, Hidden);
        using var routed = Route(backend, stored.Values(3 * Count), 3);
        var batch = Batch(3, 2, RoutingColumns.All);
        backend.Read(routed, batch);
        ((int[])[4, 5, 1, 5, 2, -1]).CopyTo(batch.SelectedExperts);
        ((float[])[0.5f, 0.25f, 2, -1, 1, 0]).CopyTo(batch.RoutingWeights);
        backend.Impose(routed, batch);
        using var y = backend.Rent(3, Hidden);
        backend.Experts(input, routed, experts, ActivationFunction.Silu, false, y);
        var before = backend.ToArray(y);
        Assert.All(before[..Hidden], value => Assert.Equal(0, value));
        backend.Identities(input, routed, experts.Length, y);
        var after = backend.ToArray(y);
        for (var c = 0; c < Hidden; c++)
        {
            Assert.Equal(0.75f * x[c], after[c], 1e-6f);
            Assert.Equal(before[Hidden + c] - x[Hidden + c], after[Hidden + c], 1e-5f);
            Assert.Equal(before[2 * Hidden + c], after[2 * Hidden + c]);
        }
    }

    private static RoutedTokens Route(ITensorBackend backend, float[] logits, int tokens)
    {
        using var scores = backend.From(logits, Count);
        var routed = backend.CreateRouted();
        backend.Route(scores, Rule, routed);
        Assert.Equal(tokens, scores.Rows);
        return routed;
    }

    private static RoutingBatch Batch(int tokens, int slots, RoutingColumns columns)
    {
        var pass = new RoutingPass();
        pass.Rows.Reset(tokens);
        var batch = new RoutingBatch();
        batch.Reset(new RouterInfo { Id = new RouterId("decoder", 0, 0), Name = "gate", Rule = Rule, Index = 0 }, pass, slots, columns);
        return batch;
    }
}
