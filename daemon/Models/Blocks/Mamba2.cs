using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Mamba-2 (arXiv 2405.21060): heads with one time step and one decay each, B and C shared by groups of them, and a gate before the norm of each group's channels. D = H·P channels,
/// G groups, N state numbers a channel.
/// </summary>
internal sealed class Mamba2 : IMixer
{
    /// <summary>hidden → [gate (D) | inner (D) | B (G·N) | C (G·N) | time steps (H)].</summary>
    private readonly Linear _input;

    /// <summary>Of inner, B and C.</summary>
    private readonly CausalConvolution _convolution;
    private readonly StateSpace _space;
    private readonly RmsNorm _norm;
    private readonly Linear _output;

    /// <param name="shape">Its sizes and limits.</param>
    /// <param name="prefix">Of its tensors.</param>
    public Mamba2(Mamba2Shape shape, WeightLoader weights, string prefix, int hidden)
    {
        var (channels, selection) = (shape.Heads * shape.HeadSize, shape.Groups * shape.StateSize);
        _input = weights.Linear($"{prefix}.in_proj", 2 * channels + 2 * selection + shape.Heads, hidden, shape.Bias);
        _convolution = weights.Convolution($"{prefix}.conv1d", channels + 2 * selection, shape.Taps, shape.Act, shape.ConvolutionBias);
        _space = new StateSpace(
            shape.Heads, shape.HeadSize, shape.StateSize, shape.Groups, weights.Vector($"{prefix}.A_log", shape.Heads), weights.Vector($"{prefix}.D", shape.Heads))
        {
            StepBias = weights.Vector($"{prefix}.dt_bias", shape.Heads), LeastStep = shape.LeastStep, MostStep = shape.MostStep,
        };
        _norm = new RmsNorm(weights.Vector($"{prefix}.norm.weight", channels), channels / shape.Groups, (float)shape.Epsilon);
        _output = weights.Linear($"{prefix}.out_proj", hidden, channels, shape.Bias);
    }

    public IEnumerable<FormattableString> Words
    {
        get
        {
            yield return $"Mamba-2 {_space.Heads} heads of {_space.HeadSize}";
            yield return $"state {_space.StateSize}";
            if (_space.Groups > 1) yield return $"groups: {_space.Groups}";
            yield return $"convolution over {_convolution.Taps}";
        }
    }

    public long FixedState => _convolution.FixedState + _space.Numbers;

    public MixerState CreateState(ITensorBackend backend, int capacity) => new MixerStates(_convolution.CreateState(backend), backend.CreateRecurrence(_space.Numbers));

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var (b, parts) = (pass.Backend, (MixerStates)state);
        var (channels, selection, heads) = (_space.Channels, _space.Groups * _space.StateSize, _space.Heads);
        using var all = _input.Forward(x, pass);
        using var gate = pass.Rent(channels);
        using var mixing = pass.Rent(channels + 2 * selection);
        using var steps = pass.Rent(heads);
        b.CopyHeads(all, all.Columns, 0, gate, channels, 0, channels, heads: 1);
        b.CopyHeads(all, all.Columns, channels, mixing, mixing.Columns, 0, mixing.Columns, heads: 1);
        b.CopyHeads(all, all.Columns, channels + mixing.Columns, steps, heads, 0, heads, heads: 1);

        using var mixed = _convolution.Forward(mixing, parts[0], pass);      // [T, D + 2·G·N]
        using var inner = pass.Rent(channels);
        using var bs = pass.Rent(selection);
        using var cs = pass.Rent(selection);
        b.CopyHeads(mixed, mixed.Columns, 0, inner, channels, 0, channels, heads: 1);
        b.CopyHeads(mixed, mixed.Columns, channels, bs, selection, 0, selection, heads: 1);
        b.CopyHeads(mixed, mixed.Columns, channels + selection, cs, selection, 0, selection, heads: 1);

        using var o = pass.Rent(channels);
        b.Scan(inner, steps, bs, cs, _space, (Recurrence)parts[1], o);
        b.Gate(gate, ActivationFunction.Silu, o);
        _norm.Forward(o, pass, o);
        _output.Forward(o, pass, y);
    }
}
