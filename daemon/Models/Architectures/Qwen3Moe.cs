using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Qwen3-MoE (arXiv 2505.09388): QK norm per head, head size of its own, dense layers by step or list.</summary>
internal static class Qwen3Moe
{
    public static readonly Family Family = new("qwen3_moe", Build);

    private static Decoder Build(ModelConfig config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var heads = HeadSizes.Read(config, frame.Hidden);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var experts = config.IntOf("num_experts", "num_local_experts");
        var inner = config.Int("moe_intermediate_size", least: 1);
        var denseInner = config.Int("intermediate_size", least: 1);
        var act = ActivationNames.Read(config);
        var rope = new Rope(config, heads.HeadSize, interleaved: false, defaultTheta: 1e4);
        var bias = config.Bool("attention_bias", false);
        var window = config.Bool("use_sliding_window", false) ? config.OptionalInt("sliding_window", least: 1) ?? 0 : 0;
        var step = config.Int("decoder_sparse_step", 1, least: 1);
        var denseLayers = config.Ints("mlp_only_layers") ?? [];
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok", 8), config.Bool("norm_topk_prob", false));
        var moe = new ExpertsBuilder(weights, frame.Hidden, act);

        return frame.Build(weights, eps, layer =>
        {
            var name = $"model.layers.{layer}";
            var sparse = !denseLayers.Contains(layer) && (layer + 1) % step == 0;
            return new PreNormLayer(
                weights.Norm($"{name}.input_layernorm", frame.Hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, bias,
                    qNorm: weights.Norm($"{name}.self_attn.q_norm", heads.HeadSize, eps),
                    kNorm: weights.Norm($"{name}.self_attn.k_norm", heads.HeadSize, eps),
                    window: window),
                weights.Norm($"{name}.post_attention_layernorm", frame.Hidden, eps),
                sparse
                    ? moe.Build(layer, $"{name}.mlp", rule, e => weights.Gated($"{name}.mlp.experts.{e}", inner, frame.Hidden))
                    : new GatedMlp(weights.Gated($"{name}.mlp", denseInner, frame.Hidden), act));
        });
    }
}
