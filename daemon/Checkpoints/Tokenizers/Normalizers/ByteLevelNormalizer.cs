using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

internal sealed class ByteLevelNormalizer : Normalizer
{
    public override Piece Normalize(in Piece piece) =>
        piece.Length == 0 ? piece : ByteAlphabet.Encode(piece, new NormalizedText(piece.Length * 2));
}
