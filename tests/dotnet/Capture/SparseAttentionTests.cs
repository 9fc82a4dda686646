using MoeDevtools.Capture;
using MoeDevtools.Models;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

/// <summary>Families whose attention sees chosen keys, a window and compressed entries: what they keep of a sequence, however it comes and goes.</summary>
public sealed class SparseAttentionTests
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 200).Select(i => 3 + i * i * 31 % 300)];

    public static TheoryData<string, string, int> FamiliesAndSeeds()
    {
        var data = new TheoryData<string, string, int>();
        foreach (var family in (string[])["deepseek_v32", "glm_moe_dsa", "deepseek_v4"])
        {
            foreach (var seed in (int[])[1, 2, 3]) data.Add(family, "simd", seed);
            data.Add(family, "reference", 4);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(FamiliesAndSeeds))]
    public void AnySplitOfAPrompt_ComputesWhatOnePassDoes(string family, string backend, int seed)
    {
        using var session = Open(family, backend);
        var expected = Run(session.Model, [Prompt.Length], out var whole);
        var random = new Random(seed);
        var split = new List<int>();
        for (var left = Prompt.Length; left > 0; left -= split[^1]) split.Add(Math.Min(left, random.Next(1, random.Next(2) == 0 ? 3 : 30)));

        var parts = Run(session.Model, split, out var logits);

        Assert.Equal(whole, logits);
        Assert.Equal(expected.Decisions.Count, parts.Decisions.Count);
        foreach (var router in expected.Decisions.GroupBy(d => d.Router))
            Assert.Equal(router.SelectMany(d => d.Logits), parts.Decisions.Where(d => d.Router == router.Key).SelectMany(d => d.Logits));
    }

    [Theory]
    [MemberData(nameof(FamiliesAndSeeds))]
    public void GoingBack_AndOnAgain_ComputesWhatOnePassDoes(string family, string backend, int seed)
    {
        using var session = Open(family, backend);
        var model = session.Model;
        Run(model, [Prompt.Length], out var whole);
        using var state = model.CreateState(Prompt.Length);
        var random = new Random(seed);
        Forward(model, state, 150, 40);
        for (var round = 0; round < 3; round++)
        {
            var back = random.Next(0, state.Length);
            var at = state.Rewind(back);
            // What only a copy leads back to may be a little further.
            Assert.InRange(at, 0, back);
            Assert.Equal(at, state.Length);
            // Another text first, which must leave nothing behind.
            using (model.Forward([5, 6, 7, 8, 9, 10, 11], state, Pass([5, 6, 7, 8, 9, 10, 11]), null))
            {
            }
            state.Rewind(at);
            Forward(model, state, 150, 7);
        }
        Assert.Equal(whole, Forward(model, state, Prompt.Length, 50));
    }

    [Fact]
    public void CompressedAttention_KeepsALittleOfManyTokens()
    {
        using var session = Open("deepseek_v4", "simd");
        var mixers = session.Model;
        // 32 numbers of each 8 tokens in two layers, and of each 4 in one, whose indexer has 16.
        Assert.Equal(4 + 8 + 4 + 4, mixers.StateColumns);
        // Twice a window of 9 in each layer, and the tokens of unfinished entries with their gates.
        Assert.Equal(4 * 2 * 9 * 32 + 2 * (8 * 2 * 32) + 8 * 2 * 64 + 8 * 2 * 32, mixers.FixedState);
    }

    [Theory]
    [InlineData("qwen3_next")]
    [InlineData("deepseek_v4")]
    public void FirstLayer_ThatForgets_HoldsAsMuchAfterManyTokens(string family)
    {
        using var session = Open(family, "simd");
        using var state = session.Model.CreateState(Prompt.Length);
        Forward(session.Model, state, 20, 5);
        var few = state.LayerBytes.ToArray();
        Forward(session.Model, state, Prompt.Length, 5);
        var many = state.LayerBytes.ToArray();
        Assert.Equal(few[0], many[0]);
        Assert.InRange(many.Sum(), (session.Model.FixedState + session.Model.StateColumns * Prompt.Length) * sizeof(float), long.MaxValue);
    }

    private static ModelSession Open(string family, string backend) => ModelSession.Open(Path.Combine(Repository.Root, "tests/fixtures/checkpoints", family), backend);

    private static RecordingSink Run(Decoder model, IReadOnlyList<int> split, out float[] logits)
    {
        var sink = new RecordingSink();
        using var state = model.CreateState(Prompt.Length);
        logits = [];
        foreach (var count in split) logits = Forward(model, state, state.Length + count, count, sink);
        return sink;
    }

    /// <summary>Up to a length, so many tokens at a time; the last one's logits.</summary>
    private static float[] Forward(Decoder model, SequenceState state, int until, int step, RecordingSink? sink = null)
    {
        var logits = new float[model.VocabularySize];
        while (state.Length < until)
        {
            var ids = Prompt[state.Length..Math.Min(until, state.Length + step)];
            using var last = model.Forward(ids, state, Pass(ids), sink);
            model.Backend.Read(last, 0, logits);
        }
        return logits;
    }

    private static RoutingPass Pass(int[] ids)
    {
        var pass = new RoutingPass { Step = 1 };
        pass.Rows.Reset(ids.Length);
        ids.CopyTo(pass.Rows.TokenId.AsSpan());
        return pass;
    }
}
