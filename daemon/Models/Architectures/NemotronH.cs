using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// Nemotron-H (arXiv 2504.03624) and Nemotron 3: every layer is one block alone, a Mamba-2, attention without positions, an MLP or experts; relu² without gates, DeepSeek-V3's
/// router, experts on a latent where the config has its size.
/// </summary>
internal static class NemotronH
{
    public static readonly Family Family = new("nemotron_h", Build);

    private const string Experts = "moe";
    private const string Dense = "mlp";

    // Part of the config, and nothing that the reference computes with: the head is always its own tensor, the number of layers is what the list says, time steps have no upper limit.
    private static readonly string[] NoEffect =
    [
        "num_hidden_layers", "attention_bias", "mamba_proj_bias", "expand", "mamba_expand", "n_shared_experts", "moe_shared_expert_overlap", "residual_in_fp32", "rescale_prenorm_residual",
        "sliding_window", "time_step_limit", "time_step_max", "time_step_floor", "mamba_dt_limit", "mamba_dt_max", "mamba_dt_init_floor", "mtp_layers_block_type",
        "mtp_hybrid_override_pattern",
    ];

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var types = Types(config);
        foreach (var key in NoEffect) _ = config.Has(key);
        var top = weights.Has("backbone.embeddings.weight") || !weights.Has("model.embeddings.weight") ? "backbone" : "model";
        var frame = DecoderFrame.Read(config, layers: types.Count) with { EmbeddingName = $"{top}.embeddings.weight", TiedHead = false };
        var hidden = frame.Hidden;
        var eps = config.Number("layer_norm_epsilon", 1e-5);
        var bias = config.Bool("mlp_bias", false);
        var act = ActivationNames.Read(config, "mlp_hidden_act", "relu2");
        var moe = new ExpertsBuilder(weights, hidden, act);

        return frame.Build(weights, weights.RmsNorm($"{top}.norm_f", hidden, eps), layer =>
        {
            var (name, norm) = ($"{top}.layers.{layer}.mixer", weights.RmsNorm($"{top}.layers.{layer}.norm", hidden, eps));
            return types[layer] switch
            {
                Experts => new SequentialLayer(null, null, norm, Sparse(layer, name)),
                Dense => new SequentialLayer(null, null, norm, moe.Dense(weights.PlainMlp(name, config.Int("intermediate_size", 21504, least: 1), hidden, bias))),
                LayerLists.Full => new SequentialLayer(norm, Heads(config, hidden).Attention(weights, name, rope: null), null, null),
                _ => new SequentialLayer(norm, new Mamba2(Shape(config, eps), weights, name, hidden), null, null),
            };
        });

        MixtureOfExperts Sparse(int layer, string prefix)
        {
            var inner = config.Int("moe_intermediate_size", 7688, least: 1);
            var latent = config.OptionalInt("moe_latent_size", least: 1);
            var rule = RuleConfig.Deepseek(config, config.OptionalInt("num_local_experts") ?? config.Int("n_routed_experts", 8), k: 2);
            return moe.Build(layer, $"{prefix}.gate", rule with { Bias = weights.RuleData($"{prefix}.gate.e_score_correction_bias", rule.Experts) },
                weights.PlainExperts($"{prefix}.experts", rule.Experts, inner, latent ?? hidden)) with
            {
                Reduce = latent is null ? null : weights.Linear($"{prefix}.fc1_latent_proj", latent.Value, hidden, bias),
                Restore = latent is null ? null : weights.Linear($"{prefix}.fc2_latent_proj", hidden, latent.Value, bias),
                Shared = moe.Dense(weights.PlainMlp($"{prefix}.shared_experts", config.Int("moe_shared_expert_intermediate_size", 7688, least: 1), hidden, bias)),
            };
        }
    }

    /// <summary>What each layer is: <c>layers_block_type</c>, or the letters of <c>hybrid_override_pattern</c>.</summary>
    private static IReadOnlyList<string> Types(ConfigSection config)
    {
        const string Key = "layers_block_type", Pattern = "hybrid_override_pattern";
        var listed = config.Has(Key) ? Key : "layer_types";
        if (config.Texts(listed) is { } words) return [.. words.Select(word => Word(config, listed, word))];
        if (config.OptionalText(Pattern) is not { } pattern) return [LayerLists.Linear, Experts, LayerLists.Full, Dense];
        return [.. pattern.Select(letter => letter switch
        {
            'M' => LayerLists.Linear,
            'E' => Experts,
            '*' => LayerLists.Full,
            '-' => Dense,
            _ => throw config.Unsupported(Pattern, letter.ToString(), "M, E, * and -"),
        })];
    }

    private static string Word(ConfigSection config, string key, string word) => word switch
    {
        LayerLists.Linear or "mamba" => LayerLists.Linear,
        LayerLists.Full or "attention" => LayerLists.Full,
        Experts or Dense => word,
        _ => throw config.Unsupported(key, word, string.Join(", ", LayerLists.Linear, LayerLists.Full, Experts, Dense)),
    };

    private static HeadSizes Heads(ConfigSection config, int hidden)
    {
        var heads = config.Int("num_attention_heads", 32, least: 1);
        var keyValueHeads = config.Int("num_key_value_heads", config.IsNull("num_key_value_heads") ? heads : 8, least: 1);
        HeadSizes.Check(config, heads, keyValueHeads);
        return new HeadSizes(hidden, heads, keyValueHeads, config.Int("head_dim", 128, least: 1));
    }

    /// <summary>By the keys of earlier configs, which begin with <c>mamba_</c> and win, or those of today.</summary>
    private static Mamba2Shape Shape(ConfigSection config, double epsilon) => new Mamba2Shape(
        config.Int("mamba_num_heads", 128, least: 1), config.Int("mamba_head_dim", 64, least: 1),
        config.OptionalInt("mamba_n_groups", least: 1) ?? config.Int("n_groups", 8, least: 1),
        config.Int("ssm_state_size", 128, least: 1),
        config.OptionalInt("mamba_d_conv", least: 1) ?? config.Int("conv_kernel", 4, least: 1))
    {
        Bias = config.Bool("use_bias", false),
        ConvolutionBias = config.OptionalBool("mamba_conv_bias") ?? config.Bool("use_conv_bias", true),
        Act = ActivationNames.Read(config, "mamba_hidden_act"),
        Epsilon = epsilon,
        LeastStep = (float)(config.OptionalNumber("mamba_dt_min") ?? config.Number("time_step_min", 0.001)),
    }.Checked(config, "mamba_num_heads", config.Has("mamba_n_groups") ? "mamba_n_groups" : "n_groups");
}
