using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Blocks;

/// <summary>What DeepSeek-V3.2 and GLM-5 share: DeepSeek-V3's layers, whose queries see the keys that an indexer chooses for them.</summary>
internal static class IndexedBlocks
{
    /// <param name="eps">Default of <c>rms_norm_eps</c>.</param>
    /// <param name="groups">Default of <c>n_group</c>.</param>
    /// <param name="kept">Default of <c>topk_group</c>.</param>
    /// <param name="heads">Default of <c>index_n_heads</c>.</param>
    /// <param name="interleaved">How an indexer's components pair.</param>
    /// <param name="indexers">Which layers, of so many, have an indexer of their own, where others see what the layer before saw; null = all.</param>
    public static Decoder Build(
        ConfigSection config, WeightLoader weights, double eps, int groups, int kept, int heads, bool interleaved, Func<int, IReadOnlyList<bool>>? indexers = null)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        eps = config.Number("rms_norm_eps", eps);
        var inner = config.Int("moe_intermediate_size", least: 1);
        LayerLists.Attention(config, frame.Layers, absent: _ => LayerLists.Indexed, LayerLists.Indexed);
        var indexed = indexers?.Invoke(frame.Layers);
        config.Int("q_lora_rank", least: 1);     // indexers read compressed queries
        var dense = config.Int("first_k_dense_replace", 3, least: 0);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer >= dense);
        var rope = new Rope(config, config.Int("qk_rope_head_dim", least: 1), new RopeFamily { Interleaved = true });
        var rule = RuleConfig.Deepseek(config, config.IntOf("n_routed_experts", "num_local_experts"), groups, kept, scale: 2.5);
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("n_shared_experts", 1, least: 0) * inner);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var attention = LatentAttentionConfig.Build(config, weights, $"{name}.self_attn", hidden, rope);
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                indexed?[layer] == false
                    ? attention with { SharesChoice = true }
                    : attention with { Indexer = Indexer.Read(config, weights, $"{name}.self_attn", hidden, attention, heads, interleaved) },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse[layer]));
        });
    }
}
