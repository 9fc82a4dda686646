using MoeDevtools.Numerics;
using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Tests.Numerics.Kernels;

namespace MoeDevtools.Tests.Numerics;

public sealed class EntropyTests
{
    [LevelTheory]
    [EachLevel]
    public void RandomScores_AgreeWithTheFormula(SimdLevel level)
    {
        var random = new Random(1);
        for (var i = 0; i < 3000; i++)
        {
            var scores = new float[random.Next(1, i % 10 == 0 ? 2000 : 300)];
            var spread = random.NextDouble() * 40;
            for (var e = 0; e < scores.Length; e++) scores[e] = (float)((random.NextDouble() - 0.5) * spread);
            if (i % 2 == 0) Formulas.Softmax(scores, scores);
            else Formulas.Sigmoid(scores, scores);
            Assert.Equal(Formulas.NormalisedEntropy(scores), Of(level, scores), 1e-6);
            Assert.Equal(Entropy.Normalised(scores), Of(level, scores), 1e-6);
        }
    }

    [LevelTheory]
    [EachLevel]
    public void EveryNumberOfExpertsAndRows_IsAsRowByRow(SimdLevel level)
    {
        var random = new Random(2);
        for (var experts = 1; experts < 100; experts++)
        {
            var rows = random.Next(1, 200);
            var scores = new float[rows * experts];
            foreach (ref var s in scores.AsSpan()) s = random.Next(20) == 0 ? 0 : random.NextSingle();
            for (var row = 0; row < rows; row += 2) Formulas.Softmax(scores.AsSpan(row * experts, experts), scores.AsSpan(row * experts, experts));
            scores[random.Next(scores.Length)] = float.NaN;
            var entropies = new double[rows];
            Entropy.Normalised(level, scores, entropies);
            for (var row = 0; row < rows; row++)
            {
                var expected = Formulas.NormalisedEntropy(scores.AsSpan(row * experts, experts));
                Assert.True(Math.Abs(expected - entropies[row]) <= 1e-6 || (double.IsNaN(expected) && double.IsNaN(entropies[row])), $"{experts} experts, row {row}");
            }
        }
    }

    /// <summary>Where every score has the same error, nothing evens out.</summary>
    [LevelTheory]
    [EachLevel]
    public void EqualScoresOfAnySize_GiveOne(SimdLevel level)
    {
        foreach (var experts in new[] { 2, 8, 16, 64, 67, 1500 })
            for (var size = 1f; size < 2; size += 1 / 512f)
            {
                var scores = new float[experts];
                Array.Fill(scores, size / 2);
                Assert.Equal(1, Of(level, scores), 1e-6);
            }
    }

    [LevelTheory]
    [EachLevel]
    public void UniformScores_GiveOneAndASingleOneGivesZero(SimdLevel level)
    {
        foreach (var experts in new[] { 8, 64, 1500 })
        {
            var scores = new float[experts];
            Array.Fill(scores, 1f / experts);
            Assert.Equal(1, Of(level, scores), 1e-6);
            Array.Clear(scores);
            scores[experts - 1] = 1;
            Assert.Equal(0, Of(level, scores), 1e-12);
        }
    }

    [LevelTheory]
    [EachLevel]
    public void ScoreThatIsNotFinite_GivesNaNWhereverItStands(SimdLevel level)
    {
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            foreach (var experts in new[] { 1, 5, 8, 13, 16, 64, 67 })
                for (var e = 0; e < experts; e++)
                {
                    var scores = new float[experts];
                    Array.Fill(scores, 0.25f);
                    scores[e] = bad;
                    Assert.True(double.IsNaN(Of(level, scores)));
                    scores[e] = float.Epsilon;
                    Assert.False(double.IsNaN(Of(level, scores)));
                }
    }

    [LevelTheory]
    [EachLevel]
    public void NoPositiveScore_GivesNaN(SimdLevel level)
    {
        Assert.True(double.IsNaN(Of(level, new float[64])));
        Assert.True(double.IsNaN(Of(level, new float[5])));
        Assert.True(double.IsNaN(Of(level, -1, -2)));
        Assert.Equal(0, Of(level, 0.3f));
    }

    private static double Of(SimdLevel level, params ReadOnlySpan<float> scores)
    {
        double entropy = 0;
        Entropy.Normalised(level, scores, new Span<double>(ref entropy));
        return entropy;
    }
}
