using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Tests.Numerics.Kernels;

public sealed class TopKeysTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Select_IsTheTopOfAStableSort(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var scores = new float[random.Next(1, 300)];
            // Few values, so that many are equal; sometimes −0, infinities and NaN.
            for (var i = 0; i < scores.Length; i++)
            {
                scores[i] = random.Next(12) switch
                {
                    0 => -0f, 1 => 0, 2 => float.NegativeInfinity, 3 => float.PositiveInfinity, 4 when round % 4 == 0 => float.NaN, _ => (random.Next(7) - 3) * 0.25f,
                };
            }
            var chosen = new int[random.Next(1, scores.Length + 1)];
            TopKeys.Select(scores, chosen);
            var expected = Enumerable.Range(0, scores.Length).OrderByDescending(i => float.IsNaN(scores[i])).ThenByDescending(i => scores[i] + 0f).ThenBy(i => i).Take(chosen.Length).Order();
            Assert.Equal(expected, chosen);
        }
    }
}
