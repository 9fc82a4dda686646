using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>H, G and h of grouped-query attention, and the attention with the usual tensor names.</summary>
internal sealed record HeadSizes(int Hidden, int Heads, int KeyValueHeads, int HeadSize)
{
    /// <summary>v, where values have another size than keys.</summary>
    public int ValueSize { get; init; } = HeadSize;

    /// <param name="headSize">The family's own default of <c>head_dim</c>; null = d / H.</param>
    public static HeadSizes Read(ConfigSection config, int hidden, int? headSize = null)
    {
        var heads = config.Int("num_attention_heads", least: 1);
        var keyValueHeads = config.Int("num_key_value_heads", heads, least: 1);
        Check(config, heads, keyValueHeads);
        var size = config.OptionalInt("head_dim", least: 1) ?? headSize;
        if (size is null && hidden % heads != 0)
            throw config.Contradiction($"hidden_size = {hidden} is not a multiple of num_attention_heads = {heads}, and there is no head_dim");
        return new HeadSizes(hidden, heads, keyValueHeads, size ?? hidden / heads);
    }

    /// <exception cref="Messages.UserError">Query heads do not share key/value heads evenly.</exception>
    public static void Check(ConfigSection config, int heads, int keyValueHeads, string headsKey = "num_attention_heads", string keyValueKey = "num_key_value_heads")
    {
        if (heads < 1 || heads % keyValueHeads != 0)
            throw config.Contradiction($"{headsKey} = {heads} is not a multiple of {keyValueKey} = {keyValueHeads}");
    }

    /// <summary>
    /// <c>q_proj</c>, <c>k_proj</c>, <c>v_proj</c>, <c>o_proj</c> under <paramref name="prefix"/>, with biases on none, on q, k and v, or on all four; what else a family has is added
    /// with <c>with</c>.
    /// </summary>
    /// <param name="rope">Null = no positions.</param>
    /// <param name="output">Where a family calls <c>o_proj</c> otherwise.</param>
    /// <param name="queriesBringGates"><c>q_proj</c> has a gate beside each query head (<see cref="GroupedQueryAttention.QueriesBringGates"/>).</param>
    public GroupedQueryAttention Attention(
        WeightLoader weights, string prefix, Rope? rope, bool qkvBias = false, bool outputBias = false, string output = "o_proj", bool queriesBringGates = false) => new()
    {
        Heads = Heads,
        KeyValueHeads = KeyValueHeads,
        HeadSize = HeadSize,
        QueriesBringGates = queriesBringGates,
        Q = weights.Linear($"{prefix}.q_proj", (queriesBringGates ? 2 : 1) * Heads * HeadSize, Hidden, qkvBias),
        K = weights.Linear($"{prefix}.k_proj", KeyValueHeads * HeadSize, Hidden, qkvBias),
        V = weights.Linear($"{prefix}.v_proj", KeyValueHeads * ValueSize, Hidden, qkvBias),
        O = weights.Linear($"{prefix}.{output}", Hidden, Heads * ValueSize, outputBias),
        Rope = rope,
    };
}
