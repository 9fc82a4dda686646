using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

/// <summary>Rewrites a piece of text before it is cut. Thread safe.</summary>
internal abstract class Normalizer
{
    public abstract Piece Normalize(in Piece piece);
}
