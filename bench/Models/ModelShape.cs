using System.Text.Json.Nodes;

namespace MoeDevtools.Bench.Models;

/// <summary>The sizes of an OLMoE-like model with heads of 128 and bfloat16 weights, and what a token costs it.</summary>
/// <param name="Ffn">Inner size of an expert.</param>
/// <param name="K">Experts of a token.</param>
internal sealed record ModelShape(int Layers, int Hidden, int Experts, int K, int Ffn, int Vocabulary) : IRandomModel
{
    public const int HeadSize = 128;
    private const int WeightBytes = 2;

    /// <summary>Four layers of OLMoE-1B-7B and its head: 3.8 GB.</summary>
    public static ModelShape Olmoe { get; } = new(Layers: 4, Hidden: 2048, Experts: 64, K: 8, Ffn: 1024, Vocabulary: 50304);

    /// <summary>0.3 GB: for trying things, not for figures.</summary>
    public static ModelShape Quick { get; } = new(Layers: 2, Hidden: 1024, Experts: 32, K: 8, Ffn: 512, Vocabulary: 16384);

    public int Heads => Hidden / HeadSize;

    public string Words => $"{Layers} layers, hidden {Hidden}, {Experts} experts top-{K}, ffn {Ffn}, vocabulary {Vocabulary}, bf16";

    public long BytesPerToken => WeightBytes * (Layers * LayerWeights + Head);

    public double PrefillOperations(int tokens)
    {
        var attention = Layers * 2.0 * Hidden * ((double)tokens * (tokens + 1) / 2);    // q·k and p·v over the positions so far
        return 2 * (tokens * (double)Layers * LayerWeights + attention + Head);
    }

    public JsonObject Config => new()
    {
        ["architectures"] = new JsonArray("OlmoeForCausalLM"),
        ["model_type"] = "olmoe",
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Ffn,
        ["norm_topk_prob"] = false,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = Heads,
        ["num_experts"] = Experts,
        ["num_experts_per_tok"] = K,
        ["num_hidden_layers"] = Layers,
        ["vocab_size"] = Vocabulary,
    };

    public IEnumerable<(string Name, int[] Shape)> Tensors
    {
        get
        {
            int[] square = [Hidden, Hidden], vector = [Hidden], vocabulary = [Vocabulary, Hidden];
            yield return ("model.embed_tokens.weight", vocabulary);
            for (var layer = 0; layer < Layers; layer++)
            {
                var name = $"model.layers.{layer}";
                foreach (var norm in new[] { "input_layernorm", "post_attention_layernorm", "self_attn.q_norm", "self_attn.k_norm" })
                    yield return ($"{name}.{norm}.weight", vector);
                foreach (var projection in "qkvo") yield return ($"{name}.self_attn.{projection}_proj.weight", square);
                yield return ($"{name}.mlp.gate.weight", [Experts, Hidden]);
                for (var expert = 0; expert < Experts; expert++)
                    foreach (var tensor in TensorLists.Mlp($"{name}.mlp.experts.{expert}", Ffn, Hidden)) yield return tensor;
            }
            yield return ("model.norm.weight", vector);
            yield return ("lm_head.weight", vocabulary);
        }
    }

    private long Head => (long)Vocabulary * Hidden;

    /// <summary>q, k, v, o; router; gate, up and down of K experts.</summary>
    private long LayerWeights => 4L * Hidden * Hidden + (long)Experts * Hidden + 3L * K * Ffn * Hidden;
}
