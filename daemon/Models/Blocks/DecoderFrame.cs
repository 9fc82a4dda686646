using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>What every decoder-only family has around its layers: sizes, embedding, final norm and head, with the usual names.</summary>
internal sealed record DecoderFrame(int Hidden, int Layers, int Vocabulary, int ContextLength, bool TiedHead)
{
    public string EmbeddingName { get; init; } = "model.embed_tokens.weight";

    public string HeadName { get; init; } = "lm_head";

    /// <summary>On the embeddings.</summary>
    public float EmbeddingFactor { get; init; } = 1;

    /// <summary>On the logits.</summary>
    public float LogitFactor { get; init; } = 1;

    public bool HeadBias { get; init; }

    /// <param name="config">The model's config.</param>
    /// <param name="tied">The family's default of <c>tie_word_embeddings</c>.</param>
    /// <param name="layers">Null = <c>num_hidden_layers</c>.</param>
    /// <param name="contextKey">Where the family says how long a sequence may be.</param>
    public static DecoderFrame Read(ConfigSection config, bool tied = false, int? layers = null, string contextKey = "max_position_embeddings") => new(
        config.Int("hidden_size", least: 1),
        layers ?? config.Int("num_hidden_layers", least: 1),
        config.Int("vocab_size", least: 1),
        config.Int(contextKey, least: 1),
        config.Bool("tie_word_embeddings", tied));

    /// <summary>Binds embedding and head, and the layers one by one.</summary>
    /// <param name="streams">Reads the streams after the last layer, where the layers have several; null = they have one.</param>
    public Decoder Build(WeightLoader weights, INorm norm, Func<int, ILayer> layer, HyperConnection? streams = null)
    {
        var embedding = weights.Matrix(EmbeddingName, Vocabulary, Hidden);
        return new Decoder(weights.Backend, embedding, Enumerable.Range(0, Layers).Select(layer), norm, Head(weights, embedding), ContextLength)
        {
            EmbeddingFactor = EmbeddingFactor,
            LogitFactor = LogitFactor,
            Streams = streams,
        };
    }

    private Linear Head(WeightLoader weights, Weight embedding) => new(
        TiedHead ? embedding : weights.Matrix(HeadName + ".weight", Vocabulary, Hidden), HeadBias ? weights.Vector(HeadName + ".bias", Vocabulary) : null);
}
