namespace MoeDevtools.Bench.Models;

/// <summary>The sizes of an OLMoE-like model with heads of 128 and bfloat16 weights, and what a token costs it.</summary>
/// <param name="Ffn">Inner size of an expert.</param>
/// <param name="K">Experts of a token.</param>
internal sealed record ModelShape(int Layers, int Hidden, int Experts, int K, int Ffn, int Vocabulary)
{
    public const int HeadSize = 128;
    private const int WeightBytes = 2;

    /// <summary>Four layers of OLMoE-1B-7B and its head: 3.8 GB.</summary>
    public static ModelShape Olmoe { get; } = new(Layers: 4, Hidden: 2048, Experts: 64, K: 8, Ffn: 1024, Vocabulary: 50304);

    /// <summary>0.3 GB: for trying things, not for figures.</summary>
    public static ModelShape Quick { get; } = new(Layers: 2, Hidden: 1024, Experts: 32, K: 8, Ffn: 512, Vocabulary: 16384);

    public int Heads => Hidden / HeadSize;

    public string Words => $"{Layers} layers, hidden {Hidden}, {Experts} experts top-{K}, ffn {Ffn}, vocabulary {Vocabulary}, bf16";

    /// <summary>Weights that one decoded token needs, in bytes; embedding row, norms and the cache of keys and values left out.</summary>
    public long BytesPerToken => WeightBytes * (Layers * LayerWeights + Head);

    /// <summary>
    /// Operations of a prefill of <paramref name="tokens"/> as the engine does it, a multiply-add counted as two: every token through every
    /// layer, products and attention; the head for the last token.
    /// </summary>
    public double PrefillOperations(int tokens)
    {
        var attention = Layers * 2.0 * Hidden * ((double)tokens * (tokens + 1) / 2);    // q·k and p·v over the positions so far
        return 2 * (tokens * (double)Layers * LayerWeights + attention + Head);
    }

    private long Head => (long)Vocabulary * Hidden;

    /// <summary>q, k, v, o; router; gate, up and down of K experts.</summary>
    private long LayerWeights => 4L * Hidden * Hidden + (long)Experts * Hidden + 3L * K * Ffn * Hidden;
}
