using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Blocks;

/// <summary>Latent attention with the tensor names and config keys that all its families share.</summary>
internal static class LatentAttentionConfig
{
    /// <summary>The two inner norms use this ε whatever <c>rms_norm_eps</c> is.</summary>
    private const double InnerEpsilon = 1e-6;

    /// <summary>The attention under <paramref name="prefix"/>. <c>attention_bias</c> puts biases on q_a, kv_a and o alone.</summary>
    /// <param name="rope">For the rotary part of a head, whose size it has; null = no positions.</param>
    /// <param name="temperature">On the queries; null = none.</param>
    /// <param name="absentRank">What an absent <c>q_lora_rank</c> means; a null one means none.</param>
    public static LatentAttention Build(ConfigSection config, WeightLoader weights, string prefix, int hidden, Rope? rope, QueryTemperature? temperature = null, int? absentRank = null)
    {
        var heads = config.Int("num_attention_heads", least: 1);
        var (n, r) = (config.Int("qk_nope_head_dim", least: 1), rope?.HeadSize ?? config.Int("qk_rope_head_dim", least: 1));
        var (v, c) = (config.Int("v_head_dim", least: 1), config.Int("kv_lora_rank", least: 1));
        var bias = config.Bool("attention_bias", false);
        var keyValueHeads = config.Int("num_key_value_heads", heads);
        if (keyValueHeads != heads)
            throw config.Contradiction($"num_key_value_heads = {keyValueHeads}, but latent attention has as many as num_attention_heads = {heads}");
        if (config.OptionalInt("qk_head_dim") is { } whole && whole != n + r)
            throw config.Contradiction($"qk_head_dim = {whole} is not qk_nope_head_dim + qk_rope_head_dim = {n + r}");
        var rank = config.OptionalInt("q_lora_rank", least: 1) ?? (config.IsNull("q_lora_rank") ? null : absentRank);
        return new LatentAttention
        {
            Heads = heads,
            PlainSize = n,
            RotarySize = r,
            ValueSize = v,
            LatentSize = c,
            QA = rank is null ? null : weights.Linear($"{prefix}.q_a_proj", rank.Value, hidden, bias),
            QANorm = rank is null ? null : weights.RmsNorm($"{prefix}.q_a_layernorm", rank.Value, InnerEpsilon),
            QB = rank is null ? null : weights.Linear($"{prefix}.q_b_proj", heads * (n + r), rank.Value),
            Q = rank is null ? weights.Linear($"{prefix}.q_proj", heads * (n + r), hidden) : null,
            KvA = weights.Linear($"{prefix}.kv_a_proj_with_mqa", c + r, hidden, bias),
            KvANorm = weights.RmsNorm($"{prefix}.kv_a_layernorm", c, InnerEpsilon),
            KvB = weights.Linear($"{prefix}.kv_b_proj", heads * (n + v), c),
            O = weights.Linear($"{prefix}.o_proj", hidden, heads * v, bias),
            Rope = rope,
            Temperature = temperature,
            Scale = (rope?.SoftmaxFactor ?? 1) / MathF.Sqrt(n + r),
        };
    }
}
