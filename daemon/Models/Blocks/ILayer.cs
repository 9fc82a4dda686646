using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>One layer of a decoder or encoder.</summary>
internal interface ILayer
{
    IMixer Mixer { get; }

    IFeedForward FeedForward { get; }

    /// <summary>Empty state for a sequence of at most <paramref name="capacity"/> positions. The caller disposes it.</summary>
    LayerState CreateState(ITensorBackend backend, int capacity) =>
        new(Mixer.CreateState(backend, capacity), null, FeedForward.CreatePlaces());

    /// <summary>Updates the residual stream x <c>[T, hidden]</c> in place.</summary>
    void Forward(Activation x, LayerState state, ForwardPass pass);
}
