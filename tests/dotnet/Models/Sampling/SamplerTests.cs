using System.Text.Json;
using MoeDevtools.Messages;
using MoeDevtools.Models.Sampling;
using MoeDevtools.Tests.Checkpoints;

namespace MoeDevtools.Tests.Models.Sampling;

public sealed class SamplerTests
{
    private const float Out = float.NegativeInfinity;

    private static readonly JsonElement Cases =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Folders.Fixtures, "sampling", "golden.json"))).RootElement;

    public static TheoryData<int, string> All
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (var i = 0; i < Cases.GetArrayLength(); i++) data.Add(i, $"{Cases[i].GetProperty("kind")} {Cases[i].GetProperty("parameters")}");
            return data;
        }
    }

    [Fact]
    public void Golden_HasEveryCase() => Assert.Equal(80, Cases.GetArrayLength());

    [Theory]
    [MemberData(nameof(All))]
    public void Distribution_EqualsTheReference(int index, string name)
    {
        Assert.NotEmpty(name);
        var golden = Cases[index];
        var parameters = ParametersOf(golden.GetProperty("parameters"));
        var ids = golden.GetProperty("ids_so_far").EnumerateArray().Select(e => e.GetInt32()).ToArray();
        var logits = golden.GetProperty("logits").EnumerateArray().Select(FloatOf).ToArray();
        var expected = golden.GetProperty("probabilities").EnumerateArray().Select(FloatOf).ToArray();
        var kept = logits.ToArray();

        var actual = new Sampler(parameters.Check(), 1).Probabilities(logits, ids).ToArray();

        Assert.Equal(kept, logits);
        Assert.Equal(expected.Length, actual.Length);
        // Which of several equal tokens top-p drops is up to the reference's sort, which is not stable: equal tokens are compared as a set.
        var penalty = (float)parameters.RepetitionPenalty;
        float Penalised(int i) => !ids.Contains(i) ? logits[i] : logits[i] < 0 ? logits[i] * penalty : logits[i] / penalty;
        foreach (var equals in Enumerable.Range(0, logits.Length).GroupBy(Penalised))
            foreach (var (e, a) in equals.Select(i => expected[i]).Order().Zip(equals.Select(i => actual[i]).Order()))
            {
                Assert.Equal(e == 0, a == 0);
                Assert.Equal(e, a, 1e-6f);
            }
    }

    [Fact]
    public void TopK_Ties_StayTogether()
    {
        var p = Probabilities(new SamplingParameters { TopK = 2 }, [1, 3, 3, 3, 0]);
        Assert.Equal([0, 1 / 3f, 1 / 3f, 1 / 3f, 0], p);
    }

    [Fact]
    public void TopP_KeepsTheBestAtLeast() => Assert.Equal([0, 1, 0], Probabilities(new SamplingParameters { TopP = 1e-9 }, [1, 2, 0]));

    [Fact]
    public void MinP_OfOne_KeepsTheBest() => Assert.Equal([0, 1, 0], Probabilities(new SamplingParameters { MinP = 1 }, [1, 2, 0]));

    [Fact]
    public void MinusInfinity_IsNeverDrawn()
    {
        float[] logits = [Out, 0, Out, 0, Out];
        foreach (var parameters in new SamplingParameters[] { new(), new() { TopK = 4 }, new() { TopP = 0.9 }, new() { MinP = 0.1 }, new() { RepetitionPenalty = 2 } })
        {
            var sampler = new Sampler(parameters, 3);
            for (var i = 0; i < 200; i++) Assert.True(sampler.Next(logits, [0, 1, 2, 3, 4]) is 1 or 3);
        }
    }

    [Fact]
    public void RepetitionPenalty_CountsAnIdOnce()
    {
        var once = Probabilities(new SamplingParameters { RepetitionPenalty = 2 }, [2, -1, 0], 0, 1);
        Assert.Equal(once, Probabilities(new SamplingParameters { RepetitionPenalty = 2 }, [2, -1, 0], 0, 1, 1, 0, 0));
        Assert.Equal(Probabilities(new SamplingParameters(), [1, -2, 0]), once);
    }

    [Fact]
    public void Greedy_FindsTheBestAtEveryPlaceOfALongRow()
    {
        for (var place = 0; place < 37; place++)
        {
            var logits = new float[37];
            logits.AsSpan(place).Fill(2);
            Assert.Equal(place, new Sampler(SamplingParameters.Greedy, 0).Next(logits, []));
            logits[^1] = float.NaN;
            Assert.Equal(36, new Sampler(SamplingParameters.Greedy, 0).Next(logits, []));
        }
    }

    [Fact]
    public void Greedy_TakesTheFirstOfTheBest_AfterThePenalty()
    {
        Assert.Equal(1, new Sampler(SamplingParameters.Greedy, 0).Next([1, 3, 3], []));
        Assert.Equal(2, new Sampler(SamplingParameters.Greedy with { RepetitionPenalty = 1.5 }, 0).Next([1, 3, 3], [1]));
    }

    [Fact]
    public void SameSeed_DrawsTheSameIds()
    {
        var logits = Enumerable.Range(0, 50).Select(i => MathF.Sin(i)).ToArray();
        Assert.Equal(Draw(logits, 7, 200), Draw(logits, 7, 200));
        Assert.NotEqual(Draw(logits, 7, 200), Draw(logits, 8, 200));
    }

    [Fact]
    public void Draws_FollowTheDistribution()
    {
        const int Count = 100_000;
        var logits = Enumerable.Range(0, 40).Select(i => 2 * MathF.Sin(i)).ToArray();
        var parameters = new SamplingParameters { Temperature = 0.8, TopK = 30, TopP = 0.95 };
        var p = new Sampler(parameters, 0).Probabilities(logits, []).ToArray();
        var sampler = new Sampler(parameters, 42);
        var counts = new int[p.Length];
        for (var i = 0; i < Count; i++) counts[sampler.Next(logits, [])]++;

        var square = 0.0;
        var cells = 0;
        for (var i = 0; i < p.Length; i++)
        {
            if (p[i] == 0)
            {
                Assert.Equal(0, counts[i]);
                continue;
            }
            cells++;
            square += Math.Pow(counts[i] - Count * (double)p[i], 2) / (Count * (double)p[i]);
        }
        // χ² of n degrees of freedom: mean n, variance 2n; five standard deviations.
        Assert.InRange(square, 0, cells - 1 + 5 * Math.Sqrt(2 * (cells - 1)));
    }

    [Fact]
    public void Random_HasTheAlgorithmsNumbers()
    {
        // xoshiro256** from state 1, 2, 3, 4: 11520, 0, 1509978240, 1215971899390074240 (the reference implementation's first outputs).
        var random = new SeededRandom(0) { State = (1, 2, 3, 4) };
        foreach (var word in new ulong[] { 11520, 0, 1509978240, 1215971899390074240 })
            Assert.Equal((word >> 11) * (1.0 / (1ul << 53)), random.NextDouble());
    }

    [Fact]
    public void Random_StoredState_GoesOnTheSame()
    {
        var random = new SeededRandom(-5);
        random.NextDouble();
        var other = new SeededRandom(0) { State = random.State };
        Assert.Equal(random.NextDouble(), other.NextDouble());
    }

    [Fact]
    public void BadParameters_AreRefused()
    {
        foreach (var bad in new SamplingParameters[]
        {
            new() { Temperature = -1 }, new() { Temperature = double.NaN }, new() { TopK = -1 }, new() { TopP = 0 }, new() { TopP = 1.1 }, new() { MinP = -0.1 }, new() { RepetitionPenalty = 0 },
        })
            Assert.Equal("MOE2301", Assert.Throws<UserError>(bad.Check).Id);
    }

    private static float[] Probabilities(SamplingParameters parameters, float[] logits, params int[] ids) => new Sampler(parameters, 0).Probabilities(logits, ids).ToArray();

    private static int[] Draw(float[] logits, long seed, int count)
    {
        var sampler = new Sampler(new SamplingParameters(), seed);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Next(logits, []))];
    }

    private static SamplingParameters ParametersOf(JsonElement json)
    {
        var parameters = new SamplingParameters();
        foreach (var p in json.EnumerateObject())
            parameters = p.Name switch
            {
                "temperature" => parameters with { Temperature = p.Value.GetDouble() },
                "top_k" => parameters with { TopK = p.Value.GetInt32() },
                "top_p" => parameters with { TopP = p.Value.GetDouble() },
                "min_p" => parameters with { MinP = p.Value.GetDouble() },
                "repetition_penalty" => parameters with { RepetitionPenalty = p.Value.GetDouble() },
                _ => throw new InvalidOperationException(p.Name),
            };
        return parameters;
    }

    private static float FloatOf(JsonElement e) => e.ValueKind == JsonValueKind.String && e.GetString() == "-inf" ? Out : (float)e.GetDouble();
}
