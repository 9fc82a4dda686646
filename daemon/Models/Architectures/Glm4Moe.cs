using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// GLM-4.5 (arXiv 2508.06471): DeepSeek-V3's router on grouped-query attention with partial RoPE and optional QK norm per head. Layers past
/// <c>num_hidden_layers</c> are prediction heads and are not run.
/// </summary>
internal static class Glm4Moe
{
    public static readonly Family Family = new("glm4_moe", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var dense = config.Int("first_k_dense_replace", 1, least: 0);
        var qkNorm = config.Bool("use_qk_norm", false);
        var qkvBias = config.Bool("attention_bias", false);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { PartialFactor = 0.5 });
        var rule = RuleConfig.Deepseek(config, config.IntOf("n_routed_experts", "num_local_experts"));
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("n_shared_experts", 1, least: 0) * inner);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, qkvBias) with
                {
                    QNorm = qkNorm ? weights.RmsNorm($"{name}.self_attn.q_norm", heads.HeadSize, eps) : null,
                    KNorm = qkNorm ? weights.RmsNorm($"{name}.self_attn.k_norm", heads.HeadSize, eps) : null,
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse: layer >= dense));
        });
    }
}
