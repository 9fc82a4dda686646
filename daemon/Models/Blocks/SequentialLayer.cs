using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// The usual layer, x ← x + mixer(norm(x)); x ← x + ffn(norm(x)), with what families vary: norms before a sublayer, after it or both, a factor on what is added, and one of the two alone.
/// </summary>
internal sealed record SequentialLayer(INorm? MixerNorm, IMixer? Mixer, INorm? FeedForwardNorm, IFeedForward? FeedForward) : ILayer
{
    /// <summary>On the mixer's output; null = none.</summary>
    public INorm? AfterMixer { get; init; }

    /// <summary>On the MLP's output; null = none.</summary>
    public INorm? AfterFeedForward { get; init; }

    /// <summary>On both outputs.</summary>
    public float ResidualFactor { get; init; } = 1;

    public void Forward(Activation x, LayerState state, ForwardPass pass)
    {
        using var h = pass.Rent(x.Columns);
        using var y = pass.Rent(x.Columns);
        if (Mixer is not null)
        {
            MixerNorm?.Forward(x, pass, h);
            Mixer.Forward(MixerNorm is null ? x : h, state.Mixer!, pass, y);
            AfterMixer?.Forward(y, pass, y);
            pass.Backend.Add(y, x, ResidualFactor);
        }
        if (FeedForward is null) return;
        FeedForwardNorm?.Forward(x, pass, h);
        FeedForward.Forward(FeedForwardNorm is null ? x : h, state, pass, y);
        AfterFeedForward?.Forward(y, pass, y);
        pass.Backend.Add(y, x, ResidualFactor);
    }
}
