using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>DeepSeek-V3.2 (arXiv 2512.02556): DeepSeek-V3 whose queries see the keys that an indexer chooses for them.</summary>
internal static class DeepseekV32
{
    public static readonly Family Family = new("deepseek_v32", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-6);
        var inner = config.Int("moe_intermediate_size", least: 1);
        if (config.OptionalInt("moe_layer_freq") is { } every and not 1)
            throw config.Unsupported("moe_layer_freq", every.ToString(System.Globalization.CultureInfo.InvariantCulture), "1");
        LayerLists.Attention(config, frame.Layers, absent: _ => LayerLists.Indexed, LayerLists.Indexed);
        config.Int("q_lora_rank", least: 1);     // indexers read compressed queries
        var dense = config.Int("first_k_dense_replace", 3, least: 0);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer >= dense);
        var rope = new Rope(config, config.Int("qk_rope_head_dim", least: 1), new RopeFamily { Interleaved = true });
        var rule = RuleConfig.Deepseek(config, config.IntOf("n_routed_experts", "num_local_experts"), groups: 8, kept: 4, scale: 2.5);
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("n_shared_experts", 1, least: 0) * inner);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var attention = LatentAttentionConfig.Build(config, weights, $"{name}.self_attn", hidden, rope);
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                attention with { Indexer = Indexer.Read(config, weights, $"{name}.self_attn", hidden, attention, heads: 64, interleaved: false) },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse[layer]));
        });
    }
}
