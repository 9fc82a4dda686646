using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>What every decoder-only family has around its layers: sizes, embedding, final norm and head, with the usual names.</summary>
internal sealed record DecoderFrame(int Hidden, int Layers, int Vocabulary, int ContextLength, bool TiedHead)
{
    public string EmbeddingName { get; init; } = "model.embed_tokens.weight";

    /// <summary>On the embeddings.</summary>
    public float EmbeddingFactor { get; init; } = 1;

    /// <summary>On the logits.</summary>
    public float LogitFactor { get; init; } = 1;

    public bool HeadBias { get; init; }

    /// <param name="config">The model's config.</param>
    /// <param name="tied">The family's default of <c>tie_word_embeddings</c>.</param>
    public static DecoderFrame Read(ConfigSection config, bool tied = false) => new(
        config.Int("hidden_size", least: 1),
        config.Int("num_hidden_layers", least: 1),
        config.Int("vocab_size", least: 1),
        config.Int("max_position_embeddings", least: 1),
        config.Bool("tie_word_embeddings", tied));

    /// <summary>Binds embedding and head, and the layers one by one.</summary>
    public Decoder Build(WeightLoader weights, INorm norm, Func<int, ILayer> layer)
    {
        var embedding = weights.Matrix(EmbeddingName, Vocabulary, Hidden);
        return new Decoder(weights.Backend, embedding, Enumerable.Range(0, Layers).Select(layer), norm, Head(weights, embedding), ContextLength)
        {
            EmbeddingFactor = EmbeddingFactor,
            LogitFactor = LogitFactor,
        };
    }

    private Linear Head(WeightLoader weights, Weight embedding) => new(
        TiedHead ? embedding : weights.Matrix("lm_head.weight", Vocabulary, Hidden), HeadBias ? weights.Vector("lm_head.bias", Vocabulary) : null);
}
