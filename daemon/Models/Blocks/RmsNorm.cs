using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>x / √(mean(x²) + ε) ⊙ w over runs of <paramref name="Size"/> columns; without a weight where <paramref name="W"/> is null.</summary>
internal sealed record RmsNorm(Weight? W, int Size, float Epsilon) : INorm
{
    /// <summary>Added to w: 1 where a family stores its distance from 1.</summary>
    public float Centre { get; init; }

    public void Forward(Activation x, ForwardPass pass, Activation y) => pass.Backend.RmsNorm(x, W, Size, Epsilon, y, Centre);
}
