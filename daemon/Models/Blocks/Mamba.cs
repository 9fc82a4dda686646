using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>Mamba (arXiv 2312.00752) as Jamba has it (arXiv 2403.19887): every channel has a time step and decays of its own, and δ, B and C are normed. D channels, N state numbers a channel.</summary>
internal sealed class Mamba : IMixer
{
    /// <summary>hidden → [y | gate] <c>[2·D]</c>.</summary>
    private readonly Linear _input;
    private readonly CausalConvolution _convolution;

    /// <summary>D → [δ | B | C] <c>[R + 2·N]</c>.</summary>
    private readonly Linear _selection;
    private readonly INorm _stepNorm;
    private readonly INorm _bNorm;
    private readonly INorm _cNorm;

    /// <summary>R → D, with a bias.</summary>
    private readonly Linear _steps;
    private readonly StateSpace _space;
    private readonly ActivationFunction _act;
    private readonly Linear _output;

    /// <summary>The mixer under <paramref name="prefix"/>, by the usual keys, all of which begin with <c>mamba_</c>.</summary>
    /// <param name="act">Of the convolution and of the gate.</param>
    /// <param name="epsilon">Of the three norms.</param>
    public Mamba(ConfigSection config, WeightLoader weights, string prefix, int hidden, ActivationFunction act, double epsilon)
    {
        var channels = config.Int("mamba_expand", 2, least: 1) * hidden;
        var numbers = config.Int("mamba_d_state", 16, least: 1);
        var rank = config.IsText("mamba_dt_rank") ? AutoRank(config, hidden) : config.Int("mamba_dt_rank", AutoRank(hidden), least: 1);
        var bias = config.Bool("mamba_proj_bias", false);
        _input = weights.Linear($"{prefix}.in_proj", 2 * channels, hidden, bias);
        _convolution = weights.Convolution($"{prefix}.conv1d", channels, config.Int("mamba_d_conv", 4, least: 1), act, config.Bool("mamba_conv_bias", true));
        _selection = weights.Linear($"{prefix}.x_proj", rank + 2 * numbers, channels);
        _stepNorm = weights.RmsNorm($"{prefix}.dt_layernorm", rank, epsilon);
        _bNorm = weights.RmsNorm($"{prefix}.b_layernorm", numbers, epsilon);
        _cNorm = weights.RmsNorm($"{prefix}.c_layernorm", numbers, epsilon);
        _steps = weights.Linear($"{prefix}.dt_proj", channels, rank, bias: true);
        _space = new StateSpace(channels, 1, numbers, 1, weights.Matrix($"{prefix}.A_log", channels, numbers), weights.Vector($"{prefix}.D", channels));
        _act = act;
        _output = weights.Linear($"{prefix}.out_proj", hidden, channels, bias);
    }

    public IEnumerable<FormattableString> Words =>
        [$"Mamba {_space.Channels} channels", $"state {_space.StateSize}", $"time step rank {_steps.W.Columns}", $"convolution over {_convolution.Taps}"];

    public long FixedState => _convolution.FixedState + _space.Numbers;

    public MixerState CreateState(ITensorBackend backend, int capacity) => new MixerStates(_convolution.CreateState(backend), backend.CreateRecurrence(_space.Numbers));

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var (b, parts) = (pass.Backend, (MixerStates)state);
        var (channels, numbers, rank) = (_space.Channels, _space.StateSize, _steps.W.Columns);
        using var both = _input.Forward(x, pass);                            // [T, 2·D]
        using var inner = pass.Rent(channels);
        using var gate = pass.Rent(channels);
        b.CopyHeads(both, both.Columns, 0, inner, channels, 0, channels, heads: 1);
        b.CopyHeads(both, both.Columns, channels, gate, channels, 0, channels, heads: 1);
        using var mixed = _convolution.Forward(inner, parts[0], pass);       // [T, D]

        using var selection = _selection.Forward(mixed, pass);               // [T, R + 2·N]
        using var low = pass.Rent(rank);
        using var bs = pass.Rent(numbers);
        using var cs = pass.Rent(numbers);
        b.CopyHeads(selection, selection.Columns, 0, low, rank, 0, rank, heads: 1);
        b.CopyHeads(selection, selection.Columns, rank, bs, numbers, 0, numbers, heads: 1);
        b.CopyHeads(selection, selection.Columns, rank + numbers, cs, numbers, 0, numbers, heads: 1);
        _stepNorm.Forward(low, pass, low);
        _bNorm.Forward(bs, pass, bs);
        _cNorm.Forward(cs, pass, cs);

        using var steps = _steps.Forward(low, pass);                         // [T, D]
        b.Scan(mixed, steps, bs, cs, _space, (Recurrence)parts[1], inner);
        b.Gate(gate, _act, inner);
        _output.Forward(inner, pass, y);
    }

    private static int AutoRank(int hidden) => (hidden + 15) / 16;

    private static int AutoRank(ConfigSection config, int hidden) =>
        config.Text("mamba_dt_rank") is var word && word == "auto" ? AutoRank(hidden) : throw config.Unsupported("mamba_dt_rank", word, "auto, or a number");
}
