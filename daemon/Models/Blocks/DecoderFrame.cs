using System.Globalization;
using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Blocks;

/// <summary>What every decoder-only family has around its layers: sizes, embedding, final norm and head.</summary>
internal sealed record DecoderFrame(int Hidden, int Layers, int Vocabulary, int ContextLength, bool TiedHead)
{
    public static DecoderFrame Read(ModelConfig config) => new(
        Positive(config, "hidden_size"),
        Positive(config, "num_hidden_layers"),
        Positive(config, "vocab_size"),
        Positive(config, "max_position_embeddings"),
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

    /// <summary>An integer key that must be 1 or more.</summary>
    public static int Positive(ModelConfig config, string key, int? absent = null)
    {
        var value = config.Int(key, absent);
        return value > 0 ? value : throw config.Unsupported(key, value.ToString(CultureInfo.InvariantCulture), "1 or more");
    }
}
