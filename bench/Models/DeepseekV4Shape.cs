using System.Text.Json.Nodes;

namespace MoeDevtools.Bench.Models;

/// <summary>
/// A DeepSeek-V4 of four layers, as many weights a token as <see cref="ModelShape"/>'s: attention on a window alone, on entries of 4 tokens that an indexer chooses, on entries of 128, and on
/// chosen ones again; four residual streams; the first layer's experts looked up by token id.
/// </summary>
/// <param name="HeadSize">Of the one key that is the value too, and of each query head.</param>
/// <param name="Rank">Of the queries, and of each group of the output.</param>
/// <param name="Ffn">Inner size of an expert, and of the one for every token.</param>
internal sealed record DeepseekV4Shape(int Hidden, int Heads, int HeadSize, int Rank, int Groups, int IndexHeads, int IndexSize, int Experts, int K, int Ffn, int Vocabulary) : IRandomModel
{
    private const int Streams = 4;
    private const int MixRows = (2 + Streams) * Streams;
    private const int Window = 128;
    private const int SparseRate = 4;
    private const int HeavyRate = 128;
    private const int Chosen = 16;    // few enough that a prompt of 128 tokens has more
    private const int WeightBytes = 2;

    private const string Sliding = "sliding_attention", Sparse = "compressed_sparse_attention", Heavy = "heavily_compressed_attention";
    private static readonly string[] Types = [Sliding, Sparse, Heavy, Sparse];

    /// <summary>DeepSeek-V4-Flash with half of hidden, experts' and ranks' sizes, and a quarter of its heads and experts: 3.8 GB.</summary>
    public static DeepseekV4Shape Olmoe { get; } = new(
        Hidden: 2048, Heads: 16, HeadSize: 512, Rank: 512, Groups: 8, IndexHeads: 32, IndexSize: 128, Experts: 64, K: 6, Ffn: 1024, Vocabulary: 50304);

    /// <summary>For trying things, not for figures.</summary>
    public static DeepseekV4Shape Quick { get; } = new(
        Hidden: 512, Heads: 8, HeadSize: 128, Rank: 256, Groups: 4, IndexHeads: 16, IndexSize: 64, Experts: 32, K: 6, Ffn: 256, Vocabulary: 16384);

    public string Words => $"deepseek_v4, {Types.Length} layers, hidden {Hidden}, {Experts} experts top-{K}, ffn {Ffn}, vocabulary {Vocabulary}, bf16";

    public long BytesPerToken => WeightBytes * (LayerWeights + Head) + 2 * sizeof(float) * Remembered;

    public double PrefillOperations(int tokens) => 2 * (tokens * (double)(LayerWeights + Mixing) + Enumerable.Range(1, tokens).Sum(Seen) + Head);

    public JsonObject Config => new()
    {
        ["architectures"] = new JsonArray("DeepseekV4ForCausalLM"),
        ["model_type"] = "deepseek_v4",
        ["compress_rates"] = new JsonObject { [Sparse] = SparseRate, [Heavy] = HeavyRate },
        ["hc_mult"] = Streams,
        ["hc_sinkhorn_iters"] = 20,
        ["head_dim"] = HeadSize,
        ["hidden_size"] = Hidden,
        ["index_head_dim"] = IndexSize,
        ["index_n_heads"] = IndexHeads,
        ["index_topk"] = Chosen,
        ["layer_types"] = new JsonArray([.. Types.Select(type => JsonValue.Create(type))]),
        ["moe_intermediate_size"] = Ffn,
        ["n_routed_experts"] = Experts,
        ["num_attention_heads"] = Heads,
        ["num_experts_per_tok"] = K,
        ["num_hash_layers"] = 1,
        ["num_hidden_layers"] = Types.Length,
        ["o_groups"] = Groups,
        ["o_lora_rank"] = Rank,
        ["q_lora_rank"] = Rank,
        ["sliding_window"] = Window,
        ["vocab_size"] = Vocabulary,
    };

    public IEnumerable<(string Name, int[] Shape)> Tensors =>
    [
        ("model.embed_tokens.weight", [Vocabulary, Hidden]),
        .. Types.SelectMany((type, layer) => Matrices(type).Concat(Small(type, layer)).Concat(Enumerable.Range(0, Experts).SelectMany(e => Mlp($"ffn.experts.{e}")))
            .Select(tensor => ($"model.layers.{layer}.{tensor.Name}", tensor.Shape))),
        ("model.hc_head.hc_fn", [Streams, Streams * Hidden]), ("model.hc_head.hc_base", [Streams]), ("model.hc_head.hc_scale", [1]),
        ("model.norm.weight", [Hidden]), ("head.weight", [Vocabulary, Hidden]),
    ];

    public int ExpertsIn(string tensor) => tensor.EndsWith(".tid2eid", StringComparison.Ordinal) ? Experts : 0;

    /// <summary>Those of a layer, and of K experts.</summary>
    private long LayerWeights => Types.Sum(type => Matrices(type).Products() + K * Mlp("").Products());

    private long Head => (long)Vocabulary * Hidden + (long)Streams * Streams * Hidden;

    /// <summary>Multiplications of a token when sublayers read the streams, and write into all of them while they mix.</summary>
    private long Mixing => 2L * Types.Length * (2 * Streams + Streams * Streams) * Hidden;

    /// <summary>Numbers that a token leaves with the compressors, which read each once more when its entry is made.</summary>
    private long Remembered => Types.SelectMany(Compressors).Sum(compressor => 2L * compressor.Columns);

    /// <summary>What a sublayer multiplies a token with, experts left out.</summary>
    private IEnumerable<(string Name, int[] Shape)> Matrices(string type) =>
    [
        ("attn.wq_a.weight", [Rank, Hidden]), ("attn.wq_b.weight", [Heads * HeadSize, Rank]), ("attn.wkv.weight", [HeadSize, Hidden]),
        ("attn.wo_a.weight", [Groups * Rank, Heads * HeadSize / Groups]), ("attn.wo_b.weight", [Hidden, Groups * Rank]),
        .. Compressors(type).SelectMany(c => new[] { "wkv", "wgate" }.Select(part => ($"{c.Name}.{part}.weight", new[] { c.Columns, Hidden }))),
        .. type == Sparse ? [("attn.indexer.wq_b.weight", [IndexHeads * IndexSize, Rank]), ("attn.indexer.weights_proj.weight", [IndexHeads, Hidden])] : Array.Empty<(string, int[])>(),
        ("hc_attn_fn", [MixRows, Streams * Hidden]), ("hc_ffn_fn", [MixRows, Streams * Hidden]), ("ffn.gate.weight", [Experts, Hidden]), .. Mlp("ffn.shared_experts"),
    ];

    private IEnumerable<(string Name, int[] Shape)> Small(string type, int layer) =>
    [
        ("attn_norm.weight", [Hidden]), ("ffn_norm.weight", [Hidden]), ("attn.q_norm.weight", [Rank]), ("attn.norm.weight", [HeadSize]), ("attn.attn_sink", [Heads]),
        .. Compressors(type).SelectMany(c => new[] { ($"{c.Name}.ape", new[] { c.Rate, c.Columns }), ($"{c.Name}.norm.weight", [c.Size]) }),
        .. new[] { "attn", "ffn" }.SelectMany(part => new[] { ($"hc_{part}_base", new[] { MixRows }), ($"hc_{part}_scale", [3]) }),
        layer == 0 ? ("ffn.gate.tid2eid", [Vocabulary, K]) : ("ffn.gate.bias", [Experts]),
    ];

    private IEnumerable<(string Name, int[] Shape)> Mlp(string prefix) => TensorLists.Mlp(prefix, Ffn, Hidden, "w1", "w3", "w2");

    /// <param name="Size">Of an entry.</param>
    /// <param name="Columns">Of what it is made of.</param>
    private readonly record struct Compressor(string Name, int Rate, int Size, int Columns);

    private IEnumerable<Compressor> Compressors(string type) => type switch
    {
        Sparse => [new("attn.compressor", SparseRate, HeadSize, 2 * HeadSize), new("attn.indexer.compressor", SparseRate, IndexSize, 2 * IndexSize)],
        Heavy => [new("attn.compressor", HeavyRate, HeadSize, HeadSize)],
        _ => [],
    };

    /// <summary>Multiplications of the token number <paramref name="token"/> (from 1) with keys, values and the indexer's keys.</summary>
    private double Seen(int token) => Types.Sum(type =>
    {
        var entries = type == Sparse ? token / SparseRate : type == Heavy ? token / HeavyRate : 0;
        var chooses = type == Sparse && entries > Chosen;
        return 2.0 * Heads * HeadSize * (Math.Min(token, Window) + (chooses ? Chosen : entries)) + (chooses ? (double)IndexHeads * IndexSize * entries : 0);
    });
}
