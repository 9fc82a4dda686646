using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

internal sealed class StripAccentsNormalizer : Normalizer
{
    public override Piece Normalize(in Piece piece) => PieceEditor.Filter(piece, static c => !UnicodeTables.Accents.Contains(c));
}
