using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>Hunyuan 3 (HY-V3): grouped-query attention with QK norm per head; sigmoid router with bias, always renormalised; a shared MLP.</summary>
internal static class HyV3
{
    public static readonly Family Family = new("hy_v3", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden, headSize: 128);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer > 0);
        var bias = config.Bool("attention_bias", false);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Theta = 11158840 });
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("num_experts", "num_local_experts"),
            K = config.Int("num_experts_per_tok"),
            Scores = ScoreFunction.Sigmoid,
            Normalise = true,
            NormaliseEpsilon = 1e-20f,
            Scale = (float)config.Number("router_scaling_factor", 2.826),
        });
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("num_shared_experts", 1, least: 0) * inner)
        {
            Router = "router.gate", Bias = "expert_bias", Shared = "shared_mlp",
        };

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, bias, bias) with
                {
                    QNorm = weights.RmsNorm($"{name}.self_attn.q_norm", heads.HeadSize, eps),
                    KNorm = weights.RmsNorm($"{name}.self_attn.k_norm", heads.HeadSize, eps),
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.mlp", sparse[layer]));
        });
    }
}
