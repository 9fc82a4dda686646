using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>A layer on several residual streams: each sublayer reads them as one, and writes into all while they mix.</summary>
internal sealed record HyperLayer(
    HyperConnection MixerStreams, INorm MixerNorm, IMixer Mixer, HyperConnection FeedForwardStreams, INorm FeedForwardNorm, IFeedForward FeedForward) : ILayer
{
    public LayerDescription Describe(string stack, int index) => new(stack, index, [.. Mixer.Words, $"residual streams: {MixerStreams.Streams}"], FeedForward.Words);

    public void Forward(Activation x, LayerState state, ForwardPass pass)
    {
        using var y = pass.Rent(x.Columns / MixerStreams.Streams);
        using (var weights = MixerStreams.Weights(x, pass))
        using (var u = MixerStreams.Read(x, weights, pass))
        {
            MixerNorm.Forward(u, pass, u);
            Mixer.Forward(u, state.Mixer!, pass, y);
            pass.Backend.WriteStreams(y, weights, x);
        }
        using (var weights = FeedForwardStreams.Weights(x, pass))
        using (var u = FeedForwardStreams.Read(x, weights, pass))
        {
            FeedForwardNorm.Forward(u, pass, u);
            FeedForward.Forward(u, state, pass, y);
            pass.Backend.WriteStreams(y, weights, x);
        }
    }
}
