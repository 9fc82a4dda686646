using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>DBRX: one matrix for q, k and v, clipped; layer norms without biases; all experts of a layer in three flat tensors; weights divided by their p-norm.</summary>
internal static class Dbrx
{
    public static readonly Family Family = new("dbrx", Build);

    private const double Epsilon = 1e-5;

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var attention = config.Section("attn_config") ?? throw config.Required("attn_config");
        var ffn = config.Section("ffn_config") ?? throw config.Required("ffn_config");
        if (config.Bool("tie_word_embeddings", false)) throw config.Unsupported("tie_word_embeddings", "true", "false in this family");
        foreach (var key in (string[])["rope_scaling", "rope_parameters"])
            if (config.Section(key) is { } set && (set.OptionalText("rope_type") ?? set.OptionalText("type") ?? "default") is var type and not "default")
                throw set.Unsupported("rope_type", type, "default in this family");
        var hidden = config.IntOf("d_model", "hidden_size");
        var heads = Heads(config, attention, hidden);
        var frame = new DecoderFrame(
            hidden, config.IntOf("n_layers", "num_hidden_layers"), config.Int("vocab_size", least: 1), config.IntOf("max_seq_len", "max_position_embeddings"), TiedHead: false)
        {
            EmbeddingName = "transformer.wte.weight",
        };
        var clip = (float?)attention.OptionalPositive("clip_qkv");
        var rope = new Rope(attention, heads.HeadSize, new RopeFamily());
        var inner = ffn.Int("ffn_hidden_size", least: 1);
        var power = ffn.IsNull("moe_normalize_expert_weights") ? (double?)null : ffn.Positive("moe_normalize_expert_weights", 1);
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = ffn.Int("moe_num_experts", least: 1),
            K = ffn.Int("moe_top_k", least: 1),
            Normalise = power is not null,
            NormalisePower = (float)(power ?? 1),
        }, "ffn_config.moe_top_k");
        var act = ffn.Section("ffn_act_fn") is { } function ? ActivationNames.Read(function, "name") : ActivationFunction.Silu;
        var moe = new ExpertsBuilder(weights, hidden, act);

        return frame.Build(weights, weights.LayerNorm("transformer.norm_f", hidden, Epsilon, bias: false), layer =>
        {
            var name = $"transformer.blocks.{layer}";
            return new SequentialLayer(
                weights.LayerNorm($"{name}.norm_attn_norm.norm_1", hidden, Epsilon, bias: false),
                Attention(weights, $"{name}.norm_attn_norm.attn", heads, rope) with { Clip = clip },
                weights.LayerNorm($"{name}.norm_attn_norm.norm_2", hidden, Epsilon, bias: false),
                moe.Build(layer, $"{name}.ffn.router.layer", rule, Experts(weights, $"{name}.ffn.experts.mlp", rule.Experts, inner, hidden)));
        });
    }

    private static HeadSizes Heads(ConfigSection config, ConfigSection attention, int hidden)
    {
        var heads = config.IntOf("n_heads", "num_attention_heads");
        var keyValueHeads = attention.Int("kv_n_heads", heads, least: 1);
        if (heads < 1 || hidden % heads != 0) throw config.Contradiction($"d_model = {hidden} is not a multiple of n_heads = {heads}");
        HeadSizes.Check(config, heads, keyValueHeads, "n_heads", "attn_config.kv_n_heads");
        return new HeadSizes(hidden, heads, keyValueHeads, hidden / heads);
    }

    /// <summary>Rows of q, then k, then v in one matrix.</summary>
    private static GroupedQueryAttention Attention(WeightLoader weights, string name, HeadSizes heads, Rope rope)
    {
        var keys = heads.KeyValueHeads * heads.HeadSize;
        var qkv = weights.Stored($"{name}.Wqkv.weight", heads.Hidden + 2 * keys, heads.Hidden);
        Linear Rows(int first, int count) => new(weights.Backend.Bind(qkv.Outputs(first, count)), null);
        return new GroupedQueryAttention
        {
            Heads = heads.Heads,
            KeyValueHeads = heads.KeyValueHeads,
            HeadSize = heads.HeadSize,
            Q = Rows(0, heads.Hidden),
            K = Rows(heads.Hidden, keys),
            V = Rows(heads.Hidden + keys, keys),
            O = weights.Linear($"{name}.out_proj", heads.Hidden, heads.Hidden),
            Rope = rope,
        };
    }

    /// <summary>Rows e·I ... of three matrices <c>[E·I, hidden]</c>; the last is applied with its rows as inputs.</summary>
    private static MlpWeights[] Experts(WeightLoader weights, string name, int count, int inner, int hidden)
    {
        var gates = weights.Stored($"{name}.w1", count * inner, hidden);
        var ups = weights.Stored($"{name}.v1", count * inner, hidden);
        var downs = weights.Stored($"{name}.w2", hidden, count * inner, inputMajor: true);
        var backend = weights.Backend;
        return [.. Enumerable.Range(0, count).Select(e => new MlpWeights(
            backend.Bind(gates.Outputs(e * inner, inner)), backend.Bind(ups.Outputs(e * inner, inner)), backend.Bind(downs.Inputs(e * inner, inner))))];
    }
}
