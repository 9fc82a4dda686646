using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>OLMoE (arXiv 2409.02060): QK norm over the whole projection, optional clipping, weights not renormalised by default.</summary>
internal static class Olmoe
{
    public static readonly Family Family = new("olmoe", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var experts = config.IntOf("num_experts", "num_local_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily());
        var bias = config.Bool("attention_bias", false);
        var clip = (float?)config.OptionalPositive("clip_qkv");
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok", 8), config.Bool("norm_topk_prob", false));
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, bias, bias) with
                {
                    QNorm = weights.RmsNorm($"{name}.self_attn.q_norm", heads.Heads * heads.HeadSize, eps),
                    KNorm = weights.RmsNorm($"{name}.self_attn.k_norm", heads.KeyValueHeads * heads.HeadSize, eps),
                    Clip = clip,
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                moe.Build(layer, $"{name}.mlp.gate", rule, weights.Experts($"{name}.mlp.experts", experts, inner, hidden)));
        });
    }
}
