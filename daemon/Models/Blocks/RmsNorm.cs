using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>RMSNorm(x; w, ε) = x / √(mean(x²) + ε) ⊙ w, over whole rows or over each head (w as long as a head).</summary>
internal sealed record RmsNorm(Weight W, float Epsilon)
{
    /// <summary>y = norm(x); y may be x.</summary>
    public void Forward(Activation x, ForwardPass pass, Activation y) => pass.Backend.RmsNorm(x, W, Epsilon, y);
}
