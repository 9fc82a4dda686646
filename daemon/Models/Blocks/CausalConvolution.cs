using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>A causal convolution of each channel alone, then f. What it remembers is the last K − 1 inputs.</summary>
/// <param name="W"><c>[channels, K]</c>.</param>
/// <param name="Bias"><c>[1, channels]</c>; null = none.</param>
/// <param name="Act">f; null = none.</param>
internal sealed record CausalConvolution(Weight W, Weight? Bias, ActivationFunction? Act)
{
    /// <summary>K.</summary>
    public int Taps => W.Columns;

    /// <summary>Numbers of its state.</summary>
    public int FixedState => (Taps - 1) * W.Rows;

    public Recurrence CreateState(ITensorBackend backend) => backend.CreateRecurrence(FixedState);

    /// <summary>A new activation of the shape of x <c>[T, channels]</c>; the caller disposes it.</summary>
    public Activation Forward(Activation x, MixerState tail, ForwardPass pass)
    {
        var y = pass.Rent(x.Columns);
        pass.Backend.Convolve(x, W, Bias, (Recurrence)tail, y);
        if (Act is { } act) pass.Backend.Apply(act, y);
        return y;
    }
}
