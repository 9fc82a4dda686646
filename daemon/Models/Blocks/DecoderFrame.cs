using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Blocks;

/// <summary>What every decoder-only family has around its layers: sizes, embedding, final norm and head.</summary>
internal sealed record DecoderFrame(int Hidden, int Layers, int Vocabulary, int ContextLength, bool TiedHead)
{
    public static DecoderFrame Read(ModelConfig config) => new(
        config.Int("hidden_size", least: 1),
        config.Int("num_hidden_layers", least: 1),
        config.Int("vocab_size", least: 1),
        config.Int("max_position_embeddings", least: 1),
        config.Bool("tie_word_embeddings", false));

    /// <summary>Binds embedding, norm and head, and the layers one by one.</summary>
    public Decoder Build(WeightLoader weights, double eps, Func<int, ILayer> layer)
    {
        var embedding = weights.Matrix("model.embed_tokens.weight", Vocabulary, Hidden);
        return new Decoder(
            weights.Backend,
            embedding,
            Enumerable.Range(0, Layers).Select(layer),
            weights.Norm("model.norm", Hidden, eps),
            TiedHead ? embedding : weights.Matrix("lm_head.weight", Vocabulary, Hidden),
            ContextLength);
    }
}
