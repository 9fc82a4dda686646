using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>A decoder's layer that also attends to an encoder's output, between its own attention and the MLP; a norm before each.</summary>
internal sealed record CrossLayer(INorm MixerNorm, IMixer Mixer, INorm CrossNorm, CrossAttention Cross, INorm FeedForwardNorm, IFeedForward FeedForward) : ILayer
{
    public LayerState CreateState(ITensorBackend backend, int capacity) =>
        new(Mixer.CreateState(backend, capacity), Cross.CreateCache(backend), FeedForward.CreatePlaces());

    /// <summary>Takes the encoder's output for the sequence of <paramref name="state"/>.</summary>
    public void Encode(Activation encoded, LayerState state, ForwardPass pass) => Cross.Encode(encoded, state.Encoded!, pass);

    public void Forward(Activation x, LayerState state, ForwardPass pass)
    {
        using var h = pass.Rent(x.Columns);
        using var y = pass.Rent(x.Columns);
        MixerNorm.Forward(x, pass, h);
        Mixer.Forward(h, state.Mixer!, pass, y);
        pass.Backend.Add(y, x);
        CrossNorm.Forward(x, pass, h);
        Cross.Forward(h, state.Encoded!, pass, y);
        pass.Backend.Add(y, x);
        FeedForwardNorm.Forward(x, pass, h);
        FeedForward.Forward(h, state, pass, y);
        pass.Backend.Add(y, x);
    }
}
