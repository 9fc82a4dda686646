using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>(x − mean) / √(variance + ε) ⊙ w + b over whole rows; the variance divides by n, b may be absent.</summary>
internal sealed record LayerNorm(Weight W, Weight? Bias, float Epsilon) : INorm
{
    public int Size => W.Columns;

    public void Forward(Activation x, ForwardPass pass, Activation y) => pass.Backend.LayerNorm(x, W, Bias, Epsilon, y);
}
