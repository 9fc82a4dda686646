using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>LFM2's short convolution: [B | C | y] = input(x); out = output(C ⊙ convolution(B ⊙ y)).</summary>
internal sealed record GatedConvolution(Linear Input, CausalConvolution Convolution, Linear Output) : IMixer
{
    public IEnumerable<FormattableString> Words => [$"gated convolution over {Convolution.Taps}"];

    public long FixedState => Convolution.FixedState;

    public MixerState CreateState(ITensorBackend backend, int capacity) => Convolution.CreateState(backend);

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var (b, channels) = (pass.Backend, Output.W.Columns);
        using var all = Input.Forward(x, pass);                              // [T, 3·d]
        using var before = pass.Rent(channels);
        using var after = pass.Rent(channels);
        using var inner = pass.Rent(channels);
        b.CopyHeads(all, all.Columns, 0, before, channels, 0, channels, heads: 1);
        b.CopyHeads(all, all.Columns, channels, after, channels, 0, channels, heads: 1);
        b.CopyHeads(all, all.Columns, 2 * channels, inner, channels, 0, channels, heads: 1);
        b.Gate(before, ActivationFunction.Identity, inner);
        using var mixed = Convolution.Forward(inner, state, pass);
        b.Gate(after, ActivationFunction.Identity, mixed);
        Output.Forward(mixed, pass, y);
    }
}
