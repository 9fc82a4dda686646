using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>Attention and MLP side by side on one norm: u = norm(x); x ← x + attn(u) + ffn(u).</summary>
internal sealed record ParallelLayer(INorm Norm, IMixer Mixer, IFeedForward FeedForward) : ILayer
{
    public void Forward(Activation x, LayerState state, ForwardPass pass)
    {
        using var u = pass.Rent(x.Columns);
        using var y = pass.Rent(x.Columns);
        Norm.Forward(x, pass, u);
        Mixer.Forward(u, state.Mixer!, pass, y);
        pass.Backend.Add(y, x);
        FeedForward.Forward(u, state, pass, y);
        pass.Backend.Add(y, x);
    }
}
