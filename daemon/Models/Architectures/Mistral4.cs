using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>Mistral 4: latent attention whose queries grow with their position, softmax scores in groups, experts stored together, a shared expert.</summary>
internal static class Mistral4
{
    public static readonly Family Family = new("mistral4", Build);

    private const string DefaultRope = """
        {
          "rope_type": "yarn", "rope_theta": 10000, "factor": 128, "original_max_position_embeddings": 8192, "beta_fast": 32, "beta_slow": 1,
          "mscale": 1, "mscale_all_dim": 1, "llama_4_scaling_beta": 0.1
        }
        """;

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-6);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var sharedInner = config.Int("n_shared_experts", 1, least: 0) * inner;
        var dense = config.Int("first_k_dense_replace", 0, least: 0);
        var (plain, rotary) = (config.Int("qk_nope_head_dim", least: 1), config.Int("qk_rope_head_dim", least: 1));
        var rope = new Rope(config, rotary, new RopeFamily
        {
            Interleaved = config.Bool("rope_interleave", true),
            WholeFactor = (double)rotary / (plain + rotary),
            DefaultSet = DefaultRope,
        });
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("n_routed_experts", "num_local_experts"),
            K = config.Int("num_experts_per_tok"),
            Groups = config.Int("n_group", 1),
            GroupsKept = config.Int("topk_group", 1),
            GroupFill = 0,
            Normalise = config.Bool("norm_topk_prob", true),
            NormaliseEpsilon = 1e-20f,
            Scale = (float)config.Number("routed_scaling_factor", 1),
        });
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                LatentAttentionConfig.Build(config, weights, $"{name}.self_attn", hidden, rope, rope.Temperature),
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                layer < dense
                    ? moe.Dense(weights.Mlp($"{name}.mlp", config.Int("intermediate_size", least: 1), hidden))
                    : moe.Build(layer, $"{name}.mlp.gate", rule, weights.Experts($"{name}.mlp.experts", rule.Experts, inner, hidden, fused: true)) with
                    {
                        Shared = sharedInner == 0 ? null : moe.Dense(weights.Mlp($"{name}.mlp.shared_experts", sharedInner, hidden)),
                    });
        });
    }
}
