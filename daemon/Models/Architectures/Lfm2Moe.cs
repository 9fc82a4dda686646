using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>LFM2-MoE (Liquid AI): short gated convolutions between attention layers, dense layers first, sigmoid scores with a bias that only selects, a tied head.</summary>
internal static class Lfm2Moe
{
    public static readonly Family Family = new("lfm2_moe", Build);

    private const string Convolution = "conv";

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config, tied: true);
        if (config.OptionalBool("tie_embedding") is { } tied) frame = frame with { TiedHead = tied };
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("norm_eps", 1e-5);
        var dense = config.Int("num_dense_layers", 2, least: 0);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var (taps, convolutionBias) = (config.Int("conv_L_cache", 3, least: 1), config.Bool("conv_bias", false));
        var types = LayerLists.Attention(config, frame.Layers, _ => throw config.Required("layer_types"), Convolution, LayerLists.Full);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Theta = 1e6 });
        var biased = config.Bool("use_expert_bias", true);
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("num_experts", "num_local_experts"),
            K = config.Int("num_experts_per_tok"),
            Scores = ScoreFunction.Sigmoid,
            Normalise = config.Bool("norm_topk_prob", true),
            NormaliseEpsilon = 1e-6f,
            Scale = (float)config.Number("routed_scaling_factor", 1),
        });
        var moe = new ExpertsBuilder(weights, hidden, ActivationFunction.Silu);

        return frame.Build(weights, weights.RmsNorm("model.embedding_norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.operator_norm", hidden, eps),
                types[layer] == Convolution ? Short($"{name}.conv") : Attention($"{name}.self_attn"),
                weights.RmsNorm($"{name}.ffn_norm", hidden, eps),
                layer < dense
                    ? moe.Dense(weights.Mlp($"{name}.feed_forward", config.Int("intermediate_size", least: 1), hidden, names: MlpNames.Numbered))
                    : moe.Build(layer, $"{name}.feed_forward.gate",
                        biased ? rule with { Bias = weights.RuleData($"{name}.feed_forward.expert_bias", rule.Experts) } : rule,
                        weights.Experts($"{name}.feed_forward.experts", rule.Experts, inner, hidden, MlpNames.Numbered)));
        });

        IMixer Short(string prefix) => new GatedConvolution(
            weights.Linear($"{prefix}.in_proj", 3 * hidden, hidden, convolutionBias),
            weights.Convolution($"{prefix}.conv", hidden, taps, act: null, convolutionBias),
            weights.Linear($"{prefix}.out_proj", hidden, hidden, convolutionBias));

        IMixer Attention(string prefix) => heads.Attention(weights, prefix, rope, output: "out_proj") with
        {
            QNorm = weights.RmsNorm($"{prefix}.q_layernorm", heads.HeadSize, eps),
            KNorm = weights.RmsNorm($"{prefix}.k_layernorm", heads.HeadSize, eps),
        };
    }
}
