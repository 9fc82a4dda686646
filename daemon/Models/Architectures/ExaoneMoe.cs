using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>K-EXAONE: DeepSeek-V3's router, its bias beside the gate; windows with RoPE, full layers without positions.</summary>
internal static class ExaoneMoe
{
    public static readonly Family Family = new("exaone_moe", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var dense = config.Int("first_k_dense_replace", 1, least: 0);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer >= dense);
        var window = config.OptionalInt("sliding_window", least: 1);
        var pattern = config.Int("sliding_window_pattern", 4, least: 1);
        var types = LayerLists.Attention(config, frame.Layers, layer => (layer + 1) % pattern == 0 ? LayerLists.Full : LayerLists.Sliding);
        var ropes = new RopePerType(config, heads.HeadSize, new RopeFamily());
        var rule = RuleConfig.Deepseek(config, config.IntOf("num_experts", "n_routed_experts", "num_local_experts"), scale: 2.5);
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("num_shared_experts", 1, least: 0) * inner)
        {
            Bias = "e_score_correction_bias",
        };

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var sliding = types[layer] == LayerLists.Sliding;
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", sliding || window is null ? ropes[types[layer]] : null) with
                {
                    QNorm = weights.RmsNorm($"{name}.self_attn.q_norm", heads.HeadSize, eps),
                    KNorm = weights.RmsNorm($"{name}.self_attn.k_norm", heads.HeadSize, eps),
                    Window = sliding ? window ?? 0 : 0,
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse[layer]));
        });
    }
}
