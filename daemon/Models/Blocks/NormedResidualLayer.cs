using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>The residual is the normed input: x ← norm(x); x ← α x + β mixer(x); and so with the MLP.</summary>
/// <param name="MixerFactors">α and β around the mixer.</param>
/// <param name="FeedForwardFactors">α and β around the MLP.</param>
internal sealed record NormedResidualLayer(
    INorm MixerNorm, IMixer Mixer, (float Residual, float Added) MixerFactors, INorm FeedForwardNorm, IFeedForward FeedForward, (float Residual, float Added) FeedForwardFactors) : ILayer
{
    public void Forward(Activation x, LayerState state, ForwardPass pass)
    {
        using var y = pass.Rent(x.Columns);
        MixerNorm.Forward(x, pass, x);
        Mixer.Forward(x, state.Mixer!, pass, y);
        Join(MixerFactors);
        FeedForwardNorm.Forward(x, pass, x);
        FeedForward.Forward(x, state, pass, y);
        Join(FeedForwardFactors);

        void Join((float Residual, float Added) factors)
        {
            if (factors.Residual != 1) pass.Backend.Scale(x, factors.Residual);
            pass.Backend.Add(y, x, factors.Added);
        }
    }
}
