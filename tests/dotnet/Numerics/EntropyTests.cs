using MoeDevtools.Numerics;

namespace MoeDevtools.Tests.Numerics;

public sealed class EntropyTests
{
    [Fact]
    public void RandomScores_AgreeWithTheFormulaAndTheScalarTwin()
    {
        var random = new Random(1);
        for (var i = 0; i < 3000; i++)
        {
            var scores = new float[random.Next(1, 300)];
            var spread = random.NextDouble() * 40;
            for (var e = 0; e < scores.Length; e++) scores[e] = (float)((random.NextDouble() - 0.5) * spread);
            if (i % 2 == 0) Formulas.Softmax(scores, scores);
            else Formulas.Sigmoid(scores, scores);
            var expected = Formulas.NormalisedEntropy(scores);
            Assert.Equal(expected, Entropy.Normalised(scores), 1e-6);
            Assert.Equal(expected, Entropy.NormalisedScalar(scores), 1e-6);
            Assert.True(Entropy.IsDefined(scores));
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(1500)]
    public void UniformScores_GiveOneAndASingleOneGivesZero(int experts)
    {
        var scores = new float[experts];
        Array.Fill(scores, 1f / experts);
        Assert.Equal(1, Entropy.Normalised(scores), 1e-6);
        Array.Clear(scores);
        scores[experts - 1] = 1;
        Assert.Equal(0, Entropy.Normalised(scores), 1e-12);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ScoreThatIsNotFinite_GivesNaNWhereverItStands(float bad)
    {
        foreach (var experts in new[] { 1, 5, 16, 64, 67 })
            for (var e = 0; e < experts; e++)
            {
                var scores = new float[experts];
                Array.Fill(scores, 0.25f);
                scores[e] = bad;
                Assert.True(double.IsNaN(Entropy.Normalised(scores)));
                Assert.True(double.IsNaN(Entropy.NormalisedScalar(scores)));
                Assert.False(Entropy.IsDefined(scores));
                scores[e] = -bad;
                Assert.Equal(!double.IsNaN(Formulas.NormalisedEntropy(scores)), Entropy.IsDefined(scores));
                scores[e] = float.Epsilon;
                Assert.True(Entropy.IsDefined(scores));
            }
    }

    [Fact]
    public void NoPositiveScore_GivesNaN()
    {
        Assert.True(double.IsNaN(Entropy.Normalised(new float[64])));
        Assert.False(Entropy.IsDefined(new float[64]));
        Assert.False(Entropy.IsDefined([-1, -2]));
    }
}
