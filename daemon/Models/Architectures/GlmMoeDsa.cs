using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>GLM-5: DeepSeek-V3.2's attention and router; layers without an indexer see the keys that the layer before saw.</summary>
internal static class GlmMoeDsa
{
    public static readonly Family Family = new("glm_moe_dsa", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("moe_intermediate_size", least: 1);
        LayerLists.Attention(config, frame.Layers, absent: _ => LayerLists.Indexed, LayerLists.Indexed);
        var indexed = Indexers(config, frame.Layers);
        config.Int("q_lora_rank", least: 1);     // indexers read compressed queries
        var dense = config.Int("first_k_dense_replace", 3, least: 0);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer >= dense);
        var rope = new Rope(config, config.Int("qk_rope_head_dim", least: 1), new RopeFamily { Interleaved = true });
        var rule = RuleConfig.Deepseek(config, config.IntOf("n_routed_experts", "num_local_experts"), scale: 2.5);
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("n_shared_experts", 1, least: 0) * inner);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var attention = LatentAttentionConfig.Build(config, weights, $"{name}.self_attn", hidden, rope);
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                indexed[layer]
                    ? attention with { Indexer = Indexer.Read(config, weights, $"{name}.self_attn", hidden, attention, heads: 32, interleaved: true) }
                    : attention with { SharesChoice = true },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse[layer]));
        });
    }

    /// <summary>Which layers have an indexer of their own: by list, by pattern, or every <c>index_topk_freq</c>-th.</summary>
    private static IReadOnlyList<bool> Indexers(ConfigSection config, int layers)
    {
        const string Types = "indexer_types", Pattern = "index_topk_pattern";
        var (every, offset) = (Math.Max(config.Int("index_topk_freq", 1), 1), config.Int("index_skip_topk_offset", 2));
        var key = config.Has(Types) ? Types : Pattern;
        var words = !config.Has(key) ? LayerLists.Words(config, Types, layers, layer => Math.Max(layer - offset + 1, 0) % every == 0 ? "full" : "shared", "full", "shared")
            : config.IsText(key) ? LayerLists.Checked(config, key, [.. config.Text(key).Select(c => c.ToString())], layers, "F", "S")
            : LayerLists.Checked(config, key, config.Texts(key)!, layers, "full", "shared", "F", "S");
        if (words[0] is "shared" or "S") throw config.Unsupported(key, words[0], "an indexer in the first layer, which has none before it");
        return [.. words.Select(word => word is "full" or "F")];
    }
}
