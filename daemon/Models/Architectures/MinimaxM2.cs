using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>MiniMax-M2: QK norm over all heads, partial RoPE, sigmoid router with its bias beside it, always renormalised.</summary>
internal static class MinimaxM2
{
    public static readonly Family Family = new("minimax_m2", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden, headSize: 128);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var experts = config.IntOf("num_local_experts", "num_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var rotary = config.OptionalInt("rotary_dim", least: 0);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Theta = 5e6, PartialFactor = rotary is { } r ? (double)r / heads.HeadSize : 1 });
        RuleConfig.Only(config, "scoring_func", "sigmoid");
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = experts,
            K = config.Int("num_experts_per_tok", 8),
            Scores = ScoreFunction.Sigmoid,
            Normalise = true,
        });
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var block = $"{name}.block_sparse_moe";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope) with
                {
                    QNorm = weights.RmsNorm($"{name}.self_attn.q_norm", heads.Heads * heads.HeadSize, eps),
                    KNorm = weights.RmsNorm($"{name}.self_attn.k_norm", heads.KeyValueHeads * heads.HeadSize, eps),
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                moe.Build(layer, $"{block}.gate", rule with { Bias = weights.RuleData($"{block}.e_score_correction_bias", experts) },
                    weights.Experts($"{block}.experts", experts, inner, hidden, MlpNames.Numbered)));
        });
    }
}
