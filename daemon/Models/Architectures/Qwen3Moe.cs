using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Qwen3-MoE (arXiv 2505.09388): QK norm per head, head size of its own, dense layers by step or list.</summary>
internal static class Qwen3Moe
{
    public static readonly Family Family = new("qwen3_moe", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var experts = config.IntOf("num_experts", "num_local_experts");
        var inner = config.Int("moe_intermediate_size", least: 1);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily());
        var bias = config.Bool("attention_bias", false);
        var window = config.Bool("use_sliding_window", false) ? config.OptionalInt("sliding_window", least: 1) ?? 0 : 0;
        var sparse = SparseLayers.ByStep(config, frame.Layers);
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok", 8), config.Bool("norm_topk_prob", false));
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, bias, bias) with
                {
                    QNorm = weights.RmsNorm($"{name}.self_attn.q_norm", heads.HeadSize, eps),
                    KNorm = weights.RmsNorm($"{name}.self_attn.k_norm", heads.HeadSize, eps),
                    Window = window,
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                sparse[layer]
                    ? moe.Build(layer, $"{name}.mlp.gate", rule, weights.Experts($"{name}.mlp.experts", experts, inner, hidden))
                    : moe.Dense(weights.Mlp($"{name}.mlp", config.Int("intermediate_size", least: 1), hidden)));
        });
    }
}
