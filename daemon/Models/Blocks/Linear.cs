using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>y = W x (+ b), W <c>[out, in]</c>.</summary>
internal sealed record Linear(Weight W, Weight? Bias)
{
    public int Out => W.Rows;

    /// <summary>A new activation <c>[rows of x, out]</c>; the caller disposes it.</summary>
    public Activation Forward(Activation x, ForwardPass pass)
    {
        var y = pass.Backend.Rent(x.Rows, W.Rows);
        pass.Backend.Linear(x, W, Bias, y);
        return y;
    }

    /// <summary>y is written in place.</summary>
    public void Forward(Activation x, ForwardPass pass, Activation y) => pass.Backend.Linear(x, W, Bias, y);
}
