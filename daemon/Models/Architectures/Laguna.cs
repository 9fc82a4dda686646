using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// Laguna: heads of each layer's own number, attention gated per head or per channel, a RoPE set for each type of layer; sigmoid router with bias, renormalised, a factor on
/// the sum of the experts, a shared expert.
/// </summary>
internal static class Laguna
{
    public static readonly Family Family = new("laguna", Build);

    private const string DefaultRope = """
        {
          "full_attention": { "rope_theta": 500000, "partial_rotary_factor": 0.5 },
          "sliding_attention": { "rope_theta": 10000, "partial_rotary_factor": 1 }
        }
        """;

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden, headSize: 128);
        var headsOf = LayerLists.Ints(config, "num_attention_heads_per_layer", frame.Layers);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var sharedInner = config.Int("shared_expert_intermediate_size", least: 1);
        var bias = config.Bool("attention_bias", false);
        if (config.Bool("moe_apply_router_weight_on_input", false)) throw config.Unsupported("moe_apply_router_weight_on_input", "true", "false");
        var types = LayerLists.Attention(config, frame.Layers, _ => LayerLists.Full);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer > 0);
        var window = config.Int("sliding_window", 512, least: 1);
        var ropes = new RopePerType(config, heads.HeadSize, new RopeFamily { PartialFactor = 1, ParametersOnly = true, DefaultSet = DefaultRope });
        var gatesPerHead = GatesPerHead(config);
        var softCap = (float)config.Number("moe_router_logit_softcapping", 0);
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("num_experts", "num_local_experts"),
            K = config.Int("num_experts_per_tok"),
            Scores = ScoreFunction.Sigmoid,
            Normalise = true,
            OutputFactor = (float)config.Number("moe_routed_scaling_factor", 1),
        });
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var own = headsOf is null ? heads : heads with { Heads = headsOf[layer] };
            if (headsOf is not null) HeadSizes.Check(config, own.Heads, own.KeyValueHeads, $"num_attention_heads_per_layer[{layer}]");
            var sliding = types[layer] == LayerLists.Sliding;
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                own.Attention(weights, $"{name}.self_attn", ropes[types[layer]], bias, bias) with
                {
                    QNorm = weights.RmsNorm($"{name}.self_attn.q_norm", own.HeadSize, eps),
                    KNorm = weights.RmsNorm($"{name}.self_attn.k_norm", own.HeadSize, eps),
                    Window = sliding ? window : 0,
                    Gate = new OutputGate(
                        weights.Linear($"{name}.self_attn.g_proj", gatesPerHead ? own.Heads : own.Heads * own.HeadSize, hidden), ActivationFunction.Softplus),
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                sparse[layer]
                    ? moe.Build(layer, $"{name}.mlp.gate",
                        rule with { Bias = weights.RuleData($"{name}.mlp.experts.e_score_correction_bias", rule.Experts) },
                        weights.Experts($"{name}.mlp.experts", rule.Experts, inner, hidden)) with
                    {
                        SoftCap = softCap,
                        Shared = moe.Dense(weights.Mlp($"{name}.mlp.shared_expert", sharedInner, hidden)),
                    }
                    : moe.Dense(weights.Mlp($"{name}.mlp", config.Int("intermediate_size", least: 1), hidden)));
        });
    }

    /// <summary><c>gating</c>: true or <c>per-head</c>; every other value, false too, means a gate a channel.</summary>
    private static bool GatesPerHead(ConfigSection config) =>
        config.IsText("gating") ? config.Text("gating") == "per-head" : config.Bool("gating", true);
}
