using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>FlexOlmo (arXiv 2507.07024): OLMoE's attention and router with norms on the outputs of the sublayers; router and experts see the stream as it is.</summary>
internal static class FlexOlmo
{
    public static readonly Family Family = new("flex_olmo", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var experts = config.IntOf("num_experts", "num_local_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Theta = 5e5 });
        var bias = config.Bool("attention_bias", false);
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok", 5), config.Bool("norm_topk_prob", false));
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var attention = heads.Attention(weights, $"{name}.self_attn", rope, bias, bias) with
            {
                QNorm = weights.RmsNorm($"{name}.self_attn.q_norm", heads.Heads * heads.HeadSize, eps),
                KNorm = weights.RmsNorm($"{name}.self_attn.k_norm", heads.KeyValueHeads * heads.HeadSize, eps),
            };
            return new SequentialLayer(null, attention, null,
                moe.Build(layer, $"{name}.mlp.gate", rule, weights.Experts($"{name}.mlp.experts", experts, inner, hidden)))
            {
                AfterMixer = weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                AfterFeedForward = weights.RmsNorm($"{name}.post_feedforward_layernorm", hidden, eps),
            };
        });
    }
}
