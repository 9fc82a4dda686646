using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>The gated delta rule of Qwen's families by their config keys and tensor names.</summary>
internal sealed record GatedDeltaConfig(int Hidden, LinearAttentionShape Shape, int Taps, double Epsilon)
{
    public static GatedDeltaConfig Read(ConfigSection config, int hidden, double epsilon)
    {
        var (keyHeads, heads) = (config.Int("linear_num_key_heads", least: 1), config.Int("linear_num_value_heads", least: 1));
        HeadSizes.Check(config, heads, keyHeads, "linear_num_value_heads", "linear_num_key_heads");
        var shape = new LinearAttentionShape(heads, keyHeads, config.Int("linear_key_head_dim", least: 1), config.Int("linear_value_head_dim", least: 1));
        return new GatedDeltaConfig(hidden, shape, config.Int("linear_conv_kernel_dim", 4, least: 1), epsilon);
    }

    /// <param name="byKeyHead">Two projections, <c>in_proj_qkvz</c> and <c>in_proj_ba</c>, with the parts of each key head together; else four.</param>
    public GatedDeltaNet Build(WeightLoader weights, string prefix, bool byKeyHead)
    {
        var values = Shape.Heads * Shape.ValueSize;
        var mixed = 2 * Shape.KeyHeads * Shape.KeySize + values;
        return new GatedDeltaNet
        {
            Shape = Shape,
            ByKeyHead = byKeyHead,
            Qkv = byKeyHead ? weights.Linear($"{prefix}.in_proj_qkvz", mixed + values, Hidden) : weights.Linear($"{prefix}.in_proj_qkv", mixed, Hidden),
            Z = byKeyHead ? null : weights.Linear($"{prefix}.in_proj_z", values, Hidden),
            B = byKeyHead ? weights.Linear($"{prefix}.in_proj_ba", 2 * Shape.Heads, Hidden) : weights.Linear($"{prefix}.in_proj_b", Shape.Heads, Hidden),
            A = byKeyHead ? null : weights.Linear($"{prefix}.in_proj_a", Shape.Heads, Hidden),
            Convolution = weights.Convolution($"{prefix}.conv1d", mixed, Taps, ActivationFunction.Silu),
            ALog = weights.Vector($"{prefix}.A_log", Shape.Heads),
            DtBias = weights.Vector($"{prefix}.dt_bias", Shape.Heads),
            Norm = weights.RmsNorm($"{prefix}.norm", Shape.ValueSize, Epsilon),
            O = weights.Linear($"{prefix}.out_proj", Hidden, values),
        };
    }
}
