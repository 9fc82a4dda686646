using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>OLMoE (arXiv 2409.02060): QK norm over the whole projection, optional clipping, weights not renormalised by default.</summary>
internal static class Olmoe
{
    public static readonly Family Family = new("olmoe", Build);

    private static Decoder Build(ModelConfig config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var heads = HeadSizes.Read(config, frame.Hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var experts = config.IntOf("num_experts", "num_local_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var act = ActivationNames.Read(config);
        var rope = new Rope(config, heads.HeadSize, interleaved: false, defaultTheta: 1e4);
        var bias = config.Bool("attention_bias", false);
        var clip = (float?)config.OptionalNumber("clip_qkv");
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok", 8), config.Bool("norm_topk_prob", false));
        var moe = new ExpertsBuilder(weights, frame.Hidden, act);

        return frame.Build(weights, eps, layer =>
        {
            var name = $"model.layers.{layer}";
            return new PreNormLayer(
                weights.Norm($"{name}.input_layernorm", frame.Hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, bias,
                    qNorm: weights.Norm($"{name}.self_attn.q_norm", heads.Heads * heads.HeadSize, eps),
                    kNorm: weights.Norm($"{name}.self_attn.k_norm", heads.KeyValueHeads * heads.HeadSize, eps),
                    clip: clip),
                weights.Norm($"{name}.post_attention_layernorm", frame.Hidden, eps),
                moe.Build(layer, $"{name}.mlp", rule, e => weights.Gated($"{name}.mlp.experts.{e}", inner, frame.Hidden)));
        });
    }
}
