using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

internal sealed class SequenceNormalizer(IReadOnlyList<Normalizer> normalizers) : Normalizer
{
    public override Piece Normalize(in Piece piece)
    {
        var current = piece;
        foreach (var normalizer in normalizers)
        {
            current = normalizer.Normalize(current);
        }
        return current;
    }
}
