using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Solar Open: DeepSeek-V3's router on plain grouped-query attention, every layer sparse.</summary>
internal static class SolarOpen
{
    public static readonly Family Family = new("solar_open", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden, headSize: 128);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var qkvBias = config.Bool("attention_bias", false);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Theta = 1e6 });
        var rule = RuleConfig.Deepseek(config, config.IntOf("n_routed_experts", "num_local_experts"));
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("n_shared_experts", 1, least: 0) * inner);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, qkvBias),
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Sparse(layer, $"{name}.mlp"));
        });
    }
}
