using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Blocks;

/// <summary>H, G and h of grouped-query attention, and the attention with the usual tensor names.</summary>
internal sealed record HeadSizes(int Hidden, int Heads, int KeyValueHeads, int HeadSize)
{
    public static HeadSizes Read(ModelConfig config, int hidden)
    {
        var heads = config.Int("num_attention_heads", least: 1);
        var keyValueHeads = config.Int("num_key_value_heads", heads, least: 1);
        if (heads % keyValueHeads != 0)
            throw config.Contradiction($"num_attention_heads = {heads} is not a multiple of num_key_value_heads = {keyValueHeads}");
        var size = config.OptionalInt("head_dim", least: 1);
        if (size is null && hidden % heads != 0)
            throw config.Contradiction($"hidden_size = {hidden} is not a multiple of num_attention_heads = {heads}, and there is no head_dim");
        return new HeadSizes(hidden, heads, keyValueHeads, size ?? hidden / heads);
    }

    /// <summary><c>q_proj</c>, <c>k_proj</c>, <c>v_proj</c>, <c>o_proj</c> under <paramref name="prefix"/>, with biases on all four or none.</summary>
    public GroupedQueryAttention Attention(
        WeightLoader weights, string prefix, Rope rope, bool bias = false, RmsNorm? qNorm = null, RmsNorm? kNorm = null, float? clip = null, int window = 0) => new()
    {
        Heads = Heads,
        KeyValueHeads = KeyValueHeads,
        HeadSize = HeadSize,
        Q = weights.Linear($"{prefix}.q_proj", Heads * HeadSize, Hidden, bias),
        K = weights.Linear($"{prefix}.k_proj", KeyValueHeads * HeadSize, Hidden, bias),
        V = weights.Linear($"{prefix}.v_proj", KeyValueHeads * HeadSize, Hidden, bias),
        O = weights.Linear($"{prefix}.o_proj", Hidden, Heads * HeadSize, bias),
        Rope = rope,
        QNorm = qNorm,
        KNorm = kNorm,
        Clip = clip,
        Window = window,
    };
}
