using MoeDevtools.Capture;
using MoeDevtools.Models;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

/// <summary>Families whose state is overwritten by each token: what they compute does not depend on how a prompt is cut, and the way back leads to where they were.</summary>
public sealed class RecurrentFamiliesTests
{
    private const int Length = 200;

    public static TheoryData<string, string> FoldersAndBackends()
    {
        var data = new TheoryData<string, string>();
        foreach (var folder in (string[])["lfm2_moe", "jamba", "granitemoehybrid", "nemotron_h"])
            foreach (var backend in (string[])["simd", "reference"]) data.Add(folder, backend);
        return data;
    }

    [Theory, MemberData(nameof(FoldersAndBackends))]
    public void RandomSplits_GiveTheLogitsOfOnePass(string folder, string backend)
    {
        using var session = Open(folder, backend);
        var (model, ids) = (session.Model, Ids(session.Model));
        var expected = Whole(model, ids);
        var random = new Random(7);
        for (var trial = 0; trial < 6; trial++)
        {
            using var state = model.CreateState(Length);
            while (state.Length < Length)
            {
                var count = Math.Min(Length - state.Length, trial == 0 ? 1 : random.Next(1, 70));
                var logits = Forward(model, state, ids, count);
                Assert.Equal(expected[state.Length - 1], logits);
            }
        }
    }

    [Theory, MemberData(nameof(FoldersAndBackends))]
    public void Rewinding_LeadsToACopyBeforeThere_AndOnAsBefore(string folder, string backend)
    {
        using var session = Open(folder, backend);
        var (model, ids) = (session.Model, Ids(session.Model));
        var expected = Whole(model, ids);
        using var state = model.CreateState(Length);
        var random = new Random(8);
        for (var trial = 0; trial < 5; trial++)
        {
            while (state.Length < Length) Forward(model, state, ids, Math.Min(Length - state.Length, random.Next(1, 40)));
            var length = random.Next(0, Length);
            Assert.InRange(state.Rewind(length), 0, length);
            for (var first = true; state.Length < Length; first = false)
            {
                var logits = Forward(model, state, ids, first ? 1 : Math.Min(Length - state.Length, random.Next(1, 40)));
                Assert.Equal(expected[state.Length - 1], logits);
            }
        }
    }

    [Theory]
    [InlineData("lfm2_moe", 256)]
    [InlineData("jamba", 3 * (3 * 128 + 128 * 8))]
    [InlineData("granitemoehybrid", 2 * (3 * (128 + 32) + 128 * 16))]
    [InlineData("nemotron_h", 3 * (64 + 2 * 32) + 64 * 16)]
    public void FixedState_IsTailsAndStates(string folder, long numbers)
    {
        using var session = Open(folder, "simd");
        Assert.Equal(numbers, session.Model.FixedState);
    }

    [Fact]
    public void ALayerOfOneBlock_IsDescribedInOneClause_AndKeepsItsNumber()
    {
        using var session = Open("nemotron_h", "simd");

        Assert.Equal(
            ["Mamba-2 4 heads of 16, state 16, groups: 2, convolution over 4", "GQA 4/2 heads of 16, no positions", "dense MLP of 96"],
            session.Model.DescribeLayers().Where(layer => layer.Index is 0 or 2 or 4).Select(layer => layer.Describe()));
        Assert.Equal([1, 3], session.Model.Routers.Select(router => router.Id.Layer));
    }

    private static ModelSession Open(string folder, string backend) => ModelSession.Open(Path.Combine(Repository.Root, "tests/fixtures/checkpoints", folder), backend);

    private static int[] Ids(Decoder model) => [.. Enumerable.Range(0, Length).Select(i => (i * i + 11 * i + 3) % model.VocabularySize)];

    /// <summary>The logits of every position, from one pass.</summary>
    private static float[][] Whole(Decoder model, int[] ids)
    {
        var tap = new LogitsTap(model);
        using var state = model.CreateState(Length);
        using (model.Forward(ids, state, Pass(ids), null, tap))
        {
        }
        return [.. tap.Rows];
    }

    /// <summary>The logits of the last of the next tokens.</summary>
    private static float[] Forward(Decoder model, SequenceState state, int[] ids, int count)
    {
        var next = ids.AsSpan(state.Length, count);
        using var last = model.Forward(next, state, Pass(next), null);
        var logits = new float[model.VocabularySize];
        model.Backend.Read(last, 0, logits);
        return logits;
    }

    private static RoutingPass Pass(ReadOnlySpan<int> ids)
    {
        var pass = new RoutingPass { Step = 1, Phase = Phase.Prefill };
        pass.Rows.Reset(ids.Length);
        ids.CopyTo(pass.Rows.TokenId.AsSpan());
        return pass;
    }

    private sealed class LogitsTap(Decoder model) : IForwardObserver
    {
        public List<float[]> Rows { get; } = [];

        public void OnHidden(string stack, int index, Activation hidden)
        {
        }

        public void OnLogits(int firstRow, Activation logits)
        {
            for (var row = 0; row < logits.Rows; row++)
            {
                var values = new float[logits.Columns];
                model.Backend.Read(logits, row, values);
                Rows.Add(values);
            }
        }
    }
}
