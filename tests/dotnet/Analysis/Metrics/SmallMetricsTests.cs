using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Routing;
using MoeDevtools.Tests.Routing;

namespace MoeDevtools.Tests.Analysis.Metrics;

/// <summary>Metrics on routing made by hand.</summary>
public sealed class SmallMetricsTests
{
    private static readonly RouterInfo Router = Batches.Router(4, 2);

    [Fact]
    public void Lift_IsOneWhereChoicesAreIndependent()
    {
        var together = new CoActivation(2, 2);
        foreach (var (a, b) in new[] { (0, 0), (0, 1), (1, 0), (1, 1) }) together.Add([a], [b]);
        Assert.All(new[] { (0, 0), (0, 1), (1, 0), (1, 1) }, p => Assert.Equal(1, together.Lift(p.Item1, p.Item2)));
        together.Add([-1], [1]);
        Assert.Equal((5, 2, 3, 2), (together.Tokens, together.OfA(0), together.OfB(1), together.Counts[0, 0] + together.Counts[1, 1]));
    }

    [Fact]
    public void Seriation_PutsGroupsSideBySide()
    {
        // 0, 3, 4 are one group and 1, 2, 5 the other.
        var group = new[] { 0, 1, 1, 0, 0, 1 };
        var table = new double[6, 6];
        for (var i = 0; i < 6; i++)
            for (var j = 0; j < 6; j++) table[i, j] = i == j ? double.NaN : group[i] == group[j] ? 2 + 0.01 * (i + j) : 0.1;
        var order = Seriation.OrderOfRows(table);
        Assert.Equal(Enumerable.Range(0, 6), order.Order());
        Assert.Single(order.Take(3).Select(i => group[i]).Distinct());
        Assert.Empty(Seriation.OrderOfRows(new double[0, 0]));
    }

    [Fact]
    public void LogitHistogram_CountsEachValueOnce_WhateverTheOrder()
    {
        var random = new Random(5);
        float[][] logits = [.. Enumerable.Range(0, 300).Select(row => Enumerable.Range(0, 4).Select(_ => (float)(random.NextDouble() - 0.3) * (row < 20 ? 0.01f : row < 200 ? 3 : 40)).ToArray())];
        var forwards = new LogitHistogram(1, 50);
        foreach (var batch in logits.Chunk(7).Select((rows, i) => Batches.Routed(Router, i + 1, rows))) forwards.Add(batch, batch.RouterLogits);
        var backwards = new LogitHistogram(1, 50);
        foreach (var batch in logits.Reverse().Chunk(11).Select((rows, i) => Batches.Routed(Router, i + 1, rows))) backwards.Add(batch, batch.RouterLogits);

        var edges = forwards.Edges;
        Assert.InRange(edges.Length - 1, 25, 50);
        Assert.Equal(edges, backwards.Edges);
        Assert.Equal(Math.Round(Math.Log2(edges[1] - edges[0])), Math.Log2(edges[1] - edges[0]));
        foreach (var chosen in new[] { true, false })
        {
            var values = logits.SelectMany(row => row.OrderDescending().Skip(chosen ? 0 : 2).Take(2)).ToList();
            Assert.Equal(Enumerable.Range(0, edges.Length - 1).Select(i => values.LongCount(v => v >= edges[i] && v < edges[i + 1])), forwards.Counts(0, chosen));
            Assert.Equal(forwards.Counts(0, chosen), backwards.Counts(0, chosen));
            Assert.Equal(600, forwards.Counts(0, chosen).Sum());
        }
    }

    [Fact]
    public void WhatIsNotFinite_IsInNoBin()
    {
        var histogram = new LogitHistogram(1, 8);
        Assert.Empty(histogram.Edges);
        var batch = Batches.Routed(Router, 1, [float.NaN, 1e30f, -1e30f, float.PositiveInfinity]);
        histogram.Add(batch, batch.RouterLogits);
        Assert.Equal(2, histogram.NotFinite(0));
        Assert.Equal(2, histogram.Counts(0, true).Sum() + histogram.Counts(0, false).Sum());
    }

    [Fact]
    public void RareTokens_AreNotToldOf()
    {
        var vocabulary = new VocabularySpecialization(0);
        for (var i = 0; i < VocabularySpecialization.LeastOccurrences - 1; i++) vocabulary.Add(7, [0, 1]);
        vocabulary.Add(-1, [0, 1]);
        Assert.Empty(vocabulary.Tokens());
        vocabulary.Add(7, [1, 2]);
        Assert.Equal((7, 7, 8, 7 / 8.0), vocabulary.Tokens().Select(t => (t.TokenId, t.Count, t.Occurrences, t.Share)).Single());
    }
}
