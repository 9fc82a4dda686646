using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>ERNIE 4.5 MoE: softmax scores with a correction bias for the choice, always renormalised, shared experts, interleaved RoPE.</summary>
internal static class Ernie45Moe
{
    public static readonly Family Family = new("ernie4_5_moe", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var bias = config.Bool("use_bias", false);
        var frame = DecoderFrame.Read(config, tied: true) with { HeadBias = bias };
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var sharedInner = config.Int("moe_num_shared_experts", 2, least: 0) * inner;
        var (first, last) = (config.Int("moe_layer_start_index", 1), config.Int("moe_layer_end_index", -1));
        var interval = config.Int("moe_layer_interval", 1, least: 1);
        if (last == -1) last = frame.Layers - 1;
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Theta = 5e5, Interleaved = true });
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("moe_num_experts", "num_experts"),
            K = config.IntOf("moe_k", "num_experts_per_tok"),
            Normalise = true,
            NormaliseFloor = (float)config.Positive("moe_norm_min", 1e-12),
        }, "moe_k");
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var sparse = layer >= first && layer <= last && (layer + 1) % interval == 0;
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, bias, bias),
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                sparse
                    ? moe.Build(layer, $"{name}.mlp.gate",
                        rule with { Bias = weights.RuleData($"{name}.mlp.moe_statics.e_score_correction_bias", 1, rule.Experts) },
                        weights.Experts($"{name}.mlp.experts", rule.Experts, inner, hidden)) with
                    {
                        Shared = sharedInner == 0 ? null : moe.Dense(weights.Mlp($"{name}.mlp.shared_experts", sharedInner, hidden, bias)),
                    }
                    : moe.Dense(weights.Mlp($"{name}.mlp", config.Int("intermediate_size", least: 1), hidden, bias)));
        });
    }
}
