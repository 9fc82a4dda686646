using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>One layer of a decoder or encoder.</summary>
internal interface ILayer
{
    /// <summary>The first that it has; null in a layer that is an MLP or experts alone.</summary>
    IMixer? Mixer { get; }

    /// <summary>All that it has, in forward order.</summary>
    IReadOnlyList<IMixer> Mixers => Mixer is null ? [] : [Mixer];

    /// <summary>Null in a layer that is a mixer alone.</summary>
    IFeedForward? FeedForward { get; }

    /// <summary>Empty state for a sequence of at most <paramref name="capacity"/> positions. The caller disposes it.</summary>
    LayerState CreateState(ITensorBackend backend, int capacity) =>
        new(Mixers.Count > 1 ? new MixerStates([.. Mixers.Select(m => m.CreateState(backend, capacity))]) : Mixer?.CreateState(backend, capacity), null, FeedForward?.CreatePlaces());

    /// <summary>What it is, for <c>inspect</c>.</summary>
    LayerDescription Describe(string stack, int index) => new(stack, index, Mixer?.Words ?? [], FeedForward?.Words ?? []);

    /// <summary>Updates the residual stream x <c>[T, hidden]</c> in place.</summary>
    void Forward(Activation x, LayerState state, ForwardPass pass);
}
