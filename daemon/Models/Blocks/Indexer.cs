using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Chooses the keys that each query of a latent attention sees (DeepSeek-V3.2, arXiv 2512.02556), by small queries and one small key a position: the
/// <see cref="Count"/> with the highest Σ_a w_a · max(0, q_a · k).
/// </summary>
/// <param name="Count">Keys that a query sees; all where they are no more.</param>
/// <param name="Q">query rank → A heads <c>[A·b]</c>.</param>
/// <param name="K">hidden → <c>[b]</c>.</param>
/// <param name="Weights">hidden → <c>[A]</c>.</param>
/// <param name="Interleaved">How the rotating components, which are the first ones of a head, pair.</param>
internal sealed record Indexer(int Count, Linear Q, Linear K, LayerNorm KNorm, Linear Weights, bool Interleaved)
{
    private const double Epsilon = 1e-6;

    private RotaryFrequencies? _rotary;

    /// <summary>A.</summary>
    public int Heads => Weights.Out;

    /// <summary>b.</summary>
    public int Size => K.Out;

    public IEnumerable<FormattableString> Words => [$"an indexer with {Heads} heads of {Size} chooses {Count} keys a query"];

    /// <summary>The indexer of an attention under <paramref name="prefix"/>.</summary>
    /// <param name="attention">Its queries are made of a compressed one, which this reads too.</param>
    /// <param name="heads">Default of <c>index_n_heads</c>.</param>
    public static Indexer Read(ConfigSection config, WeightLoader weights, string prefix, int hidden, LatentAttention attention, int heads, bool interleaved)
    {
        heads = config.Int("index_n_heads", heads, least: 1);
        var size = config.Int("index_head_dim", 128, least: 1);
        if (size < attention.RotarySize)
            throw config.Contradiction($"index_head_dim = {size}, but {attention.RotarySize} components rotate");
        return new Indexer(
            config.Int("index_topk", 2048, least: 1),
            weights.Linear($"{prefix}.indexer.wq_b", heads * size, attention.QA!.Out),
            weights.Linear($"{prefix}.indexer.wk", size, hidden),
            weights.LayerNorm($"{prefix}.indexer.k_norm", size, Epsilon, bias: true),
            weights.Linear($"{prefix}.indexer.weights_proj", heads, hidden),
            interleaved);
    }

    /// <summary>Takes the pass's keys into <paramref name="keys"/> and leaves what is chosen in the pass.</summary>
    /// <param name="x">The attention's input <c>[T, hidden]</c>.</param>
    /// <param name="compressed">Its compressed queries <c>[T, query rank]</c>.</param>
    /// <param name="rotary">Its frequencies.</param>
    public void Choose(Activation x, Activation compressed, KeyValueCache keys, RotaryFrequencies rotary, ForwardPass pass)
    {
        if (!ReferenceEquals(_rotary?.Frequencies, rotary.Frequencies)) _rotary = rotary with { Interleaved = Interleaved };
        using var q = Q.Forward(compressed, pass);           // [T, A·b]
        using var k = K.Forward(x, pass);                    // [T, b]
        using var w = Weights.Forward(x, pass);              // [T, A]
        KNorm.Forward(k, pass, k);
        pass.Backend.Rotate(q, _rotary!, Size, 0, pass.Start);
        pass.Backend.Rotate(k, _rotary!, Size, 0, pass.Start);
        pass.Backend.Append(keys, k, null);
        pass.Backend.Choose(q, w, keys, Count, pass.Start, pass.Chosen);
    }
}
