using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>The usual layer: x ← x + attn(norm1(x)); x ← x + ffn(norm2(x)).</summary>
internal sealed class PreNormLayer(RmsNorm norm1, IAttention attention, RmsNorm norm2, IFeedForward ffn) : ILayer
{
    public IAttention Attention => attention;

    public IFeedForward FeedForward => ffn;

    public void Forward(Activation x, KeyValueCache cache, ForwardPass pass)
    {
        using var h = pass.Rent(x.Columns);
        using var y = pass.Rent(x.Columns);
        norm1.Forward(x, pass, h);
        attention.Forward(h, cache, pass, y);
        pass.Backend.Add(y, x);
        norm2.Forward(x, pass, h);
        ffn.Forward(h, pass, y);
        pass.Backend.Add(y, x);
    }
}
