using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>GLM-4.7-Flash: DeepSeek-V3's attention and router, dense layers by list.</summary>
internal static class Glm4MoeLite
{
    public static readonly Family Family = new("glm4_moe_lite", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer > 0);
        // head_dim is another name of the rotary size here.
        var rope = new Rope(config, config.IntOf("qk_rope_head_dim", "head_dim"), new RopeFamily { Interleaved = config.Bool("rope_interleave", true) });
        var rule = RuleConfig.Deepseek(config, config.IntOf("n_routed_experts", "num_local_experts"), scale: 1.8);
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("n_shared_experts", 1, least: 0) * inner);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                LatentAttentionConfig.Build(config, weights, $"{name}.self_attn", hidden, rope, absentRank: 768),
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse[layer]));
        });
    }
}
