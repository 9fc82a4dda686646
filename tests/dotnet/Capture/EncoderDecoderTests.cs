using MoeDevtools.Capture;
using MoeDevtools.Models;
using MoeDevtools.Routing;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

/// <summary>Switch: an encoder before the decoder, and experts that take only so many tokens of a sequence.</summary>
public sealed class EncoderDecoderTests : IDisposable
{
    private const int Capacity = 9;    // the fixture's expert_capacity
    private static readonly int[] Encoded = [.. Enumerable.Range(0, 44).Select(i => 3 + i * 31 % 300)];
    private static readonly int[] Decoded = [.. Enumerable.Range(0, 40).Select(i => i * 17 % 300)];

    private readonly ModelSession _session = ModelSession.Open(Path.Combine(Repository.Root, "tests/fixtures/checkpoints/switch_transformers"));

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AnySplitOfTheDecodedTokens_DropsAndComputesWhatOnePassDoes(int seed)
    {
        var whole = Decode(new RecordingSink(), [Decoded.Length], out var logits);
        Assert.Contains(whole, d => d.Experts[0] < 0);
        var random = new Random(seed);
        var split = new List<int>();
        for (var left = Decoded.Length; left > 0; left -= split[^1]) split.Add(Math.Min(left, random.Next(1, 6)));

        var parts = Decode(new RecordingSink(), split, out var partLogits);

        Assert.Equal(whole.Select(d => d.Experts[0]), parts.Select(d => d.Experts[0]));
        Assert.Equal(logits, partLogits);
    }

    [Fact]
    public void TokensAreDroppedOnceTheirExpertIsFull()
    {
        foreach (var router in Decode(new RecordingSink(), [Decoded.Length], out _).GroupBy(d => d.Router))
        {
            var taken = new int[6];
            foreach (var decision in router)
            {
                var choice = Array.IndexOf(decision.Logits, decision.Logits.Max());
                Assert.Equal(taken[choice]++ < Capacity ? choice : -1, decision.Experts[0]);
            }
        }
    }

    [Fact]
    public void Rewinding_GivesThePlacesBack()
    {
        var model = _session.Model;
        using var state = model.CreateState(Decoded.Length);
        model.Encode(Encoded, state, Pass(Encoded), null);
        using (model.Forward(Decoded.AsSpan(0, 30), state, Pass(Decoded[..30]), null))
        {
        }
        Assert.Equal(5, state.Rewind(5));
        using var again = model.Forward(Decoded.AsSpan(5), state, Pass(Decoded[5..]), null);
        var logits = new float[model.VocabularySize];
        model.Backend.Read(again, 0, logits);
        Decode(new RecordingSink(), [Decoded.Length], out var expected);
        Assert.Equal(expected, logits);
    }

    [Fact]
    public void ARun_EncodesThePromptAndBeginsWithTheModelsOwnToken()
    {
        var sink = new RecordingSink();
        _session.Run(new RunRequest { Sequences = [new SequenceInput(Encoded)], MaxNewTokens = 3, IgnoreEos = true, Score = true }, sink, null, CancellationToken.None);

        var encoder = sink.Decisions.Where(d => d.Router.StartsWith("encoder.", StringComparison.Ordinal)).ToList();
        var decoder = sink.Decisions.Where(d => d.Router.StartsWith("decoder.", StringComparison.Ordinal)).ToList();
        Assert.Equal(Encoded, encoder.Select(d => d.TokenId));
        Assert.Equal([0, 1, 2], decoder.Select(d => d.Position));
        Assert.Equal(_session.Model.StartToken, decoder[0].TokenId);
        Assert.Equal([1L, 2L, 3L], decoder.Select(d => d.Step));
    }

    private List<RecordingSink.Decision> Decode(RecordingSink sink, IReadOnlyList<int> parts, out float[] logits)
    {
        var model = _session.Model;
        using var state = model.CreateState(Decoded.Length);
        model.Encode(Encoded, state, Pass(Encoded), null);
        logits = new float[model.VocabularySize];
        var start = 0;
        foreach (var count in parts)
        {
            using var last = model.Forward(Decoded.AsSpan(start, count), state, Pass(Decoded[start..(start + count)]), sink);
            model.Backend.Read(last, 0, logits);
            start += count;
        }
        return sink.Decisions;
    }

    private static RoutingPass Pass(int[] ids)
    {
        var pass = new RoutingPass { Step = 1 };
        pass.Rows.Reset(ids.Length);
        ids.CopyTo(pass.Rows.TokenId.AsSpan());
        return pass;
    }
}
