using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// DeepSeek-V2 (arXiv 2405.04434): latent attention; softmax scores, groups by their best expert, weights scaled and never renormalised, shared experts.
/// <c>norm_topk_prob</c> and <c>scoring_func</c> are not read, as in the reference.
/// </summary>
internal static class DeepseekV2
{
    public static readonly Family Family = new("deepseek_v2", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-6);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var sharedInner = config.Int("n_shared_experts", 2, least: 0) * inner;
        var dense = config.Int("first_k_dense_replace", 0, least: 0);
        var mlpBias = config.Bool("mlp_bias", false);
        var rope = new Rope(config, config.Int("qk_rope_head_dim", least: 1), new RopeFamily { Interleaved = true });
        var rule = Rule(config, config.IntOf("n_routed_experts", "num_local_experts"));
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                LatentAttentionConfig.Build(config, weights, $"{name}.self_attn", hidden, rope),
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                layer < dense
                    ? moe.Dense(weights.Mlp($"{name}.mlp", config.Int("intermediate_size", least: 1), hidden, mlpBias))
                    : moe.Build(layer, $"{name}.mlp.gate", rule, weights.Experts($"{name}.mlp.experts", rule.Experts, inner, hidden)) with
                    {
                        Shared = sharedInner == 0 ? null : moe.Dense(weights.Mlp($"{name}.mlp.shared_experts", sharedInner, hidden, mlpBias)),
                    });
        });
    }

    private static RouterRule Rule(ConfigSection config, int experts)
    {
        var grouped = config.Text("topk_method", "greedy") switch
        {
            "greedy" => false,
            "group_limited_greedy" => true,
            var other => throw config.Unsupported("topk_method", other, "greedy, group_limited_greedy"),
        };
        return RuleConfig.Checked(config, new RouterRule
        {
            Experts = experts,
            K = config.Int("num_experts_per_tok"),
            Groups = grouped ? config.Int("n_group") : 1,
            GroupsKept = grouped ? config.Int("topk_group") : 1,
            GroupScoreExperts = 1,
            GroupFill = 0,
            Scale = (float)config.Number("routed_scaling_factor", 1),
        });
    }
}
