using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// DeepSeek-V3 (arXiv 2412.19437): latent attention; sigmoid scores, a correction bias and groups for the choice, a shared expert. The layer past
/// <c>num_hidden_layers</c> is a prediction head and is not run.
/// </summary>
internal static class DeepseekV3
{
    public static readonly Family Family = new("deepseek_v3", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-6);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var dense = config.Int("first_k_dense_replace", 3, least: 0);
        if (config.OptionalInt("moe_layer_freq") is { } every and not 1)
            throw config.Unsupported("moe_layer_freq", every.ToString(System.Globalization.CultureInfo.InvariantCulture), "1");
        var rope = new Rope(config, config.Int("qk_rope_head_dim", least: 1), new RopeFamily { Interleaved = config.Bool("rope_interleave", true) });
        var rule = RuleConfig.Deepseek(config, config.IntOf("n_routed_experts", "num_local_experts"), groups: 8, kept: 4, scale: 2.5);
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("n_shared_experts", 1, least: 0) * inner);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                LatentAttentionConfig.Build(config, weights, $"{name}.self_attn", hidden, rope),
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse: layer >= dense));
        });
    }
}
