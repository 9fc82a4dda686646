using MoeDevtools.Numerics;

namespace MoeDevtools.Tests.Numerics;

public sealed class FormulasTests
{
    private const float Inf = float.PositiveInfinity;

    [Fact]
    public void Softmax_LargeLogits_DoesNotOverflow()
    {
        float[] p = [1000, 1000, 999];
        Formulas.Softmax(p, p);
        Assert.Equal(0.42232f, p[0], 5);
        Assert.Equal(p[0], p[1]);
        Assert.Equal(0.15536f, p[2], 5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(45)]
    public void Max_IsFoundAtEveryPlace(int count)
    {
        for (var place = 0; place < count; place++)
        {
            var z = new float[count];
            Array.Fill(z, -7);
            z[place] = -3;
            Assert.Equal(-3, Formulas.Max(z));
            z[place] = float.NaN;
            Assert.True(float.IsNaN(Formulas.Max(z)));
        }
        Assert.Equal(float.NegativeInfinity, Formulas.Max([]));
    }

    [Fact]
    public void Softmax_MinusInfinity_GetsExactlyNothing()
    {
        float[] p = [0, -Inf, 0];
        Formulas.Softmax(p, p);
        Assert.Equal([0.5f, 0, 0.5f], p);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(Inf)]
    public void Softmax_NanOrInf_MakesTheWholeRowNan(float bad)
    {
        float[] p = [1, bad, 2];
        Formulas.Softmax(p, p);
        Assert.All(p, x => Assert.True(float.IsNaN(x)));
    }

    [Fact]
    public void Softmax_AnyRow_SumsToOneAndKeepsTheOrder()
    {
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var z = Enumerable.Range(0, 1 + random.Next(64)).Select(_ => (float)(random.NextDouble() * 40 - 20)).ToArray();
            var p = new float[z.Length];
            Formulas.Softmax(z, p);
            Assert.Equal(1, p.Sum(x => (double)x), 1e-6);
            Assert.Equal(Math.Exp(z[0] - Formulas.LogSumExp(z)), p[0], 1e-6);
        }
    }

    [Fact]
    public void Sigmoid_Extremes_AreZeroHalfAndOne()
    {
        float[] p = [-Inf, -200, 0, 200, Inf];
        Formulas.Sigmoid(p, p);
        Assert.Equal([0, 0, 0.5f, 1, 1], p);
    }

    [Fact]
    public void TopK_Ties_GoToTheLowerIndex()
    {
        var best = new int[3];
        Formulas.TopK([1, 3, 3, 2, 3], best);
        Assert.Equal([1, 2, 4], best);
    }

    [Fact]
    public void TopK_Nan_RanksAboveEveryNumber()
    {
        var best = new int[3];
        Formulas.TopK([1, float.NaN, Inf, float.NaN], best);
        Assert.Equal([1, 3, 2], best);
    }

    [Fact]
    public void TopK_MinusInfinity_LeavesPlacesEmpty()
    {
        var best = new int[3];
        Formulas.TopK([-Inf, 5, -Inf], best);
        Assert.Equal([1, -1, -1], best);
    }

    [Fact]
    public void TopK_AnyRow_EqualsAStableSort()
    {
        var random = new Random(2);
        for (var i = 0; i < 500; i++)
        {
            var values = Enumerable.Range(0, 1 + random.Next(40)).Select(_ => (float)random.Next(8)).ToArray();
            var best = new int[1 + random.Next(values.Length)];
            Formulas.TopK(values, best);
            Assert.Equal(Enumerable.Range(0, values.Length).OrderByDescending(e => values[e]).Take(best.Length), best);
        }
    }

    [Fact]
    public void NormalisedEntropy_FairScores_IsOneAtAnyScale()
    {
        Assert.Equal(1, Formulas.NormalisedEntropy([0.25f, 0.25f, 0.25f, 0.25f]), 1e-12);
        Assert.Equal(1, Formulas.NormalisedEntropy([7, 7, 7]), 1e-12);
    }

    [Fact]
    public void NormalisedEntropy_HandComputed()
    {
        // p = 0.8, 0.2 of two: -(0.8 ln 0.8 + 0.2 ln 0.2) / ln 2
        Assert.Equal(0.7219280949, Formulas.NormalisedEntropy([4, 1]), 1e-9);
        Assert.Equal(0, Formulas.NormalisedEntropy([3, 0, 0]), 1e-12);
        Assert.Equal(0, Formulas.NormalisedEntropy([0.3f]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(float.NaN, 1)]
    [InlineData(Inf, 1)]
    public void NormalisedEntropy_Undefined_IsNan(float a, float b) => Assert.True(double.IsNaN(Formulas.NormalisedEntropy([a, b])));

    [Fact]
    public void LogSumExp_Extremes()
    {
        Assert.Equal(1000 + Math.Log(2), Formulas.LogSumExp([1000, 1000]), 1e-9);
        Assert.Equal(double.NegativeInfinity, Formulas.LogSumExp([-Inf, -Inf]));
        Assert.True(double.IsNaN(Formulas.LogSumExp([1, float.NaN])));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(1003)]
    public void LogSumExp_OfMany_IsTheSumOneByOne(int count)
    {
        var random = new Random(count);
        var z = Enumerable.Range(0, count).Select(i => i % 5 == 0 ? -Inf : (float)(random.NextDouble() * 200 - 100)).ToArray();
        var max = (double)z.Max();
        Assert.Equal(max + Math.Log(z.Sum(x => Math.Exp(x - max))), Formulas.LogSumExp(z), 1e-12);
    }
}
