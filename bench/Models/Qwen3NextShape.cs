using System.Text.Json.Nodes;

namespace MoeDevtools.Bench.Models;

/// <summary>A Qwen3-Next of fewer layers and experts: three layers of the gated delta rule to one of gated attention, as many weights a token as <see cref="ModelShape"/>'s.</summary>
/// <param name="KeyHeads">Of the delta rule; there are twice as many value heads.</param>
/// <param name="DeltaSize">Of a head of the delta rule.</param>
/// <param name="Heads">Of the attention; an eighth as many have keys and values.</param>
/// <param name="HeadSize">Of the attention.</param>
/// <param name="Ffn">Inner size of an expert, and of the one for every token.</param>
internal sealed record Qwen3NextShape(int Layers, int Hidden, int KeyHeads, int DeltaSize, int Heads, int HeadSize, int Experts, int K, int Ffn, int Vocabulary) : IRandomModel
{
    private const int FullInterval = 4;
    private const int Taps = 4;
    private const int WeightBytes = 2;

    /// <summary>Four layers of Qwen3-Next-80B-A3B with a quarter of its experts: 3.8 GB.</summary>
    public static Qwen3NextShape Olmoe { get; } = new(
        Layers: 4, Hidden: 2048, KeyHeads: 16, DeltaSize: 128, Heads: 16, HeadSize: 256, Experts: 128, K: 10, Ffn: 512, Vocabulary: 50304);

    /// <summary>For trying things, not for figures.</summary>
    public static Qwen3NextShape Quick { get; } = new(
        Layers: 4, Hidden: 512, KeyHeads: 8, DeltaSize: 64, Heads: 8, HeadSize: 64, Experts: 32, K: 8, Ffn: 256, Vocabulary: 16384);

    public string Words => $"qwen3_next, {Layers} layers, hidden {Hidden}, {Experts} experts top-{K}, ffn {Ffn}, vocabulary {Vocabulary}, bf16";

    public long BytesPerToken => WeightBytes * (DeltaLayers * (DeltaWeights + MlpWeights) + FullLayers * (FullWeights + MlpWeights) + Head) + 2 * sizeof(float) * DeltaLayers * State;

    public double PrefillOperations(int tokens)
    {
        var attention = FullLayers * 2.0 * Heads * HeadSize * ((double)tokens * (tokens + 1) / 2);
        // What the memory answers, what is written into it, what it says: three products with the state a token; its decay is one factor more.
        var delta = DeltaLayers * 3.5 * State * tokens;
        return 2 * (tokens * (double)(DeltaLayers * (DeltaWeights + MlpWeights) + FullLayers * (FullWeights + MlpWeights)) + attention + delta + Head);
    }

    public JsonObject Config => new()
    {
        ["architectures"] = new JsonArray("Qwen3NextForCausalLM"),
        ["model_type"] = "qwen3_next",
        ["full_attention_interval"] = FullInterval,
        ["head_dim"] = HeadSize,
        ["hidden_size"] = Hidden,
        ["linear_conv_kernel_dim"] = Taps,
        ["linear_key_head_dim"] = DeltaSize,
        ["linear_num_key_heads"] = KeyHeads,
        ["linear_num_value_heads"] = 2 * KeyHeads,
        ["linear_value_head_dim"] = DeltaSize,
        ["moe_intermediate_size"] = Ffn,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = Heads / 8,
        ["num_experts"] = Experts,
        ["num_experts_per_tok"] = K,
        ["num_hidden_layers"] = Layers,
        ["shared_expert_intermediate_size"] = Ffn,
        ["vocab_size"] = Vocabulary,
    };

    public IEnumerable<(string Name, int[] Shape)> Tensors
    {
        get
        {
            yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
            for (var layer = 0; layer < Layers; layer++)
            {
                var name = $"model.layers.{layer}";
                yield return ($"{name}.input_layernorm.weight", [Hidden]);
                yield return ($"{name}.post_attention_layernorm.weight", [Hidden]);
                foreach (var (part, shape) in (layer + 1) % FullInterval == 0 ? Full : Delta) yield return ($"{name}.{part}", shape);
                yield return ($"{name}.mlp.gate.weight", [Experts, Hidden]);
                yield return ($"{name}.mlp.shared_expert_gate.weight", [1, Hidden]);
                foreach (var mlp in Enumerable.Range(0, Experts).Select(e => $"experts.{e}").Append("shared_expert"))
                    foreach (var tensor in TensorLists.Mlp($"{name}.mlp.{mlp}", Ffn, Hidden)) yield return tensor;
            }
            yield return ("model.norm.weight", [Hidden]);
            yield return ("lm_head.weight", [Vocabulary, Hidden]);
        }
    }

    private int Keys => KeyHeads * DeltaSize;

    private int Values => 2 * Keys;

    private IEnumerable<(string Name, int[] Shape)> Delta =>
    [
        ("linear_attn.in_proj_qkvz.weight", [2 * Keys + 2 * Values, Hidden]), ("linear_attn.in_proj_ba.weight", [4 * KeyHeads, Hidden]),
        ("linear_attn.conv1d.weight", [2 * Keys + Values, 1, Taps]), ("linear_attn.A_log", [2 * KeyHeads]), ("linear_attn.dt_bias", [2 * KeyHeads]),
        ("linear_attn.norm.weight", [DeltaSize]), ("linear_attn.out_proj.weight", [Hidden, Values]),
    ];

    private IEnumerable<(string Name, int[] Shape)> Full =>
    [
        ("self_attn.q_proj.weight", [2 * Heads * HeadSize, Hidden]), ("self_attn.k_proj.weight", [Heads / 8 * HeadSize, Hidden]),
        ("self_attn.v_proj.weight", [Heads / 8 * HeadSize, Hidden]), ("self_attn.o_proj.weight", [Hidden, Heads * HeadSize]),
        ("self_attn.q_norm.weight", [HeadSize]), ("self_attn.k_norm.weight", [HeadSize]),
    ];

    private long FullLayers => Layers / FullInterval;

    private long DeltaLayers => Layers - FullLayers;

    private long DeltaWeights => Delta.Products();

    private long FullWeights => Full.Products();

    /// <summary>Router, and gate, up and down of K experts and the one for every token.</summary>
    private long MlpWeights => (Experts + 1L) * Hidden + 3L * (K + 1) * Ffn * Hidden;

    private long Head => (long)Vocabulary * Hidden;

    /// <summary>Numbers that a layer of the delta rule remembers.</summary>
    private long State => 2L * KeyHeads * DeltaSize * DeltaSize;
}
