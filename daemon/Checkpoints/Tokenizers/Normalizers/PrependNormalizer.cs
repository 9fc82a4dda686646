using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    private readonly int[] _prefix = CodePoints.Of(prefix);

    public override Piece Normalize(in Piece piece) => PieceEditor.Prepend(piece, _prefix);
}
