using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Mixtral (arXiv 2401.04088): every layer sparse, softmax over all experts, the top two renormalised.</summary>
internal static class Mixtral
{
    public static readonly Family Family = new("mixtral", Build);

    private static Decoder Build(ModelConfig config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var heads = HeadSizes.Read(config, frame.Hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var experts = config.IntOf("num_local_experts", "num_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var act = ActivationNames.Read(config);
        var rope = new Rope(config, heads.HeadSize, interleaved: false, defaultTheta: 1e6);
        var window = config.OptionalInt("sliding_window", least: 1) ?? 0;
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok", 2), normalise: true);
        var moe = new ExpertsBuilder(weights, frame.Hidden, act);

        return frame.Build(weights, eps, layer =>
        {
            var name = $"model.layers.{layer}";
            return new PreNormLayer(
                weights.Norm($"{name}.input_layernorm", frame.Hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, window: window),
                weights.Norm($"{name}.post_attention_layernorm", frame.Hidden, eps),
                moe.Build(layer, $"{name}.block_sparse_moe", rule,
                    e => weights.Gated($"{name}.block_sparse_moe.experts.{e}", inner, frame.Hidden, "w1", "w3", "w2")));
        });
    }
}
