using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>dots.llm1 (arXiv 2506.05767): DeepSeek-V3's router on grouped-query attention with QK norm per head, windows by layer.</summary>
internal static class Dots1
{
    public static readonly Family Family = new("dots1", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var dense = config.Int("first_k_dense_replace", 0, least: 0);
        var bias = config.Bool("attention_bias", false);
        var window = config.OptionalInt("sliding_window", least: 1);
        var firstWindow = config.Int("max_window_layers", 62);
        var types = LayerLists.Attention(config, frame.Layers, layer => window is not null && layer >= firstWindow ? LayerLists.Sliding : LayerLists.Full);
        var ropes = new RopePerType(config, heads.HeadSize, new RopeFamily());
        var rule = RuleConfig.Deepseek(config, config.IntOf("n_routed_experts", "num_local_experts"), normalise: false);
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("n_shared_experts", 0, least: 0) * inner);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", ropes[types[layer]], bias, bias) with
                {
                    QNorm = weights.RmsNorm($"{name}.self_attn.q_norm", heads.HeadSize, eps),
                    KNorm = weights.RmsNorm($"{name}.self_attn.k_norm", heads.HeadSize, eps),
                    Window = types[layer] == LayerLists.Sliding ? window ?? 4096 : 0,
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse: layer >= dense));
        });
    }
}
