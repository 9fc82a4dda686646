using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// DeepSeek-V3 (arXiv 2412.19437): latent attention; sigmoid scores, a correction bias and groups for the choice, a shared expert. The layer past
/// <c>num_hidden_layers</c> is a prediction head and is not run.
/// </summary>
internal static class DeepseekV3
{
    public static readonly Family Family = new("deepseek_v3", Build);

    private static Decoder Build(ModelConfig config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-6);
        var experts = config.IntOf("n_routed_experts", "num_local_experts");
        var inner = config.Int("moe_intermediate_size", least: 1);
        var denseInner = config.Int("intermediate_size", least: 1);
        var sharedInner = config.Int("n_shared_experts", 1, least: 0) * inner;
        var dense = config.Int("first_k_dense_replace", 3, least: 0);
        Only(config, "scoring_func", "sigmoid");
        Only(config, "topk_method", "noaux_tc");
        if (config.Int("moe_layer_freq", 1) is not 1 and var every)
            throw config.Unsupported("moe_layer_freq", every.ToString(CultureInfo.InvariantCulture), "1");
        var act = ActivationNames.Read(config);
        var rope = new Rope(config, config.Int("qk_rope_head_dim", least: 1), config.Bool("rope_interleave", true), defaultTheta: 1e4);
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = experts,
            K = config.Int("num_experts_per_tok", 8),
            Scores = ScoreFunction.Sigmoid,
            Groups = config.Int("n_group", 8),
            GroupsKept = config.Int("topk_group", 4),
            GroupScoreExperts = 2,
            Normalise = config.Bool("norm_topk_prob", true),
            NormaliseEpsilon = 1e-20f,
            Scale = (float)config.Number("routed_scaling_factor", 2.5),
        });
        var moe = new ExpertsBuilder(weights, hidden, act);

        return frame.Build(weights, eps, layer =>
        {
            var name = $"model.layers.{layer}";
            return new PreNormLayer(
                weights.Norm($"{name}.input_layernorm", hidden, eps),
                LatentAttentionConfig.Build(config, weights, $"{name}.self_attn", hidden, rope),
                weights.Norm($"{name}.post_attention_layernorm", hidden, eps),
                layer < dense
                    ? new GatedMlp(weights.Gated($"{name}.mlp", denseInner, hidden), act)
                    : moe.Build(layer, $"{name}.mlp",
                        rule with { Bias = weights.RuleData($"{name}.mlp.gate.e_score_correction_bias", experts) },
                        e => weights.Gated($"{name}.mlp.experts.{e}", inner, hidden),
                        sharedInner == 0 ? null : weights.Gated($"{name}.mlp.shared_experts", sharedInner, hidden)));
        });
    }

    /// <summary>Keys that published configs carry and the reference does not read: only the value that it computes is accepted.</summary>
    private static void Only(ModelConfig config, string key, string value)
    {
        if (config.Text(key, value) is var found && found != value) throw config.Unsupported(key, found, value);
    }
}
