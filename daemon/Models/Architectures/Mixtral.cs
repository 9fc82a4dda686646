using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Mixtral (arXiv 2401.04088): every layer sparse, softmax over all experts, the top two renormalised.</summary>
internal static class Mixtral
{
    public static readonly Family Family = new("mixtral", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var experts = config.IntOf("num_local_experts", "num_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Theta = 1e6 });
        var window = config.OptionalInt("sliding_window", least: 1) ?? 0;
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok", 2), normalise: true);
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope) with { Window = window },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                moe.Build(layer, $"{name}.block_sparse_moe.gate", rule,
                    weights.Experts($"{name}.block_sparse_moe.experts", experts, inner, hidden, MlpNames.Numbered)));
        });
    }
}
