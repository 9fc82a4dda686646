using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// MiMo-V2-Flash: DeepSeek-V3's router without shared experts; value heads of another size than key heads, values scaled; window layers with twice the key/value heads and
/// sinks; partial RoPE with a set for each type of layer.
/// </summary>
internal static class MimoV2Flash
{
    public static readonly Family Family = new("mimo_v2_flash", Build);

    private const string DefaultRope = """
        { "full_attention": { "rope_theta": 5000000 }, "sliding_attention": { "rope_theta": 10000 } }
        """;

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var full = HeadSizes.Read(config, hidden, headSize: 192) with { ValueSize = config.Int("v_head_dim", 128, least: 1) };
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var valueFactor = config.IsNull("attention_value_scale") ? 1 : (float)config.Number("attention_value_scale", 0.707);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer > 0);
        var types = LayerLists.Attention(config, frame.Layers, layer => layer == 0 || (layer + 1) % 6 == 0 ? LayerLists.Full : LayerLists.Sliding);
        // The older key leaves the query's own position out.
        var window = config.OptionalInt("sliding_window_size", least: 0) is { } before ? before + 1 : config.Int("sliding_window", 129, least: 1);
        var qkvBias = config.Bool("attention_bias", false);
        var ropes = new RopePerType(config, full.HeadSize, new RopeFamily { PartialFactor = 0.334, ParametersOnly = true, DefaultSet = DefaultRope });
        var rule = RuleConfig.Deepseek(config, config.IntOf("n_routed_experts", "num_local_experts"));
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)), hidden, rule, inner, 0);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var sliding = types[layer] == LayerLists.Sliding;
            var heads = sliding ? full with { KeyValueHeads = 2 * full.KeyValueHeads } : full;
            HeadSizes.Check(config, heads.Heads, heads.KeyValueHeads);
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", ropes[types[layer]], qkvBias) with
                {
                    ValueFactor = valueFactor,
                    Window = sliding ? window : 0,
                    Sinks = sliding ? weights.Vector($"{name}.self_attn.attention_sink_bias", heads.Heads) : null,
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse[layer]));
        });
    }
}
