using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

/// <summary>NFC, NFD, NFKC and NFKD.</summary>
internal sealed class UnicodeNormalizer(UnicodeNormalizer.Form form) : Normalizer
{
    public delegate List<Change> Form(ReadOnlySpan<int> text);

    public override Piece Normalize(in Piece piece) =>
        piece.Points.ContainsAnyExceptInRange(0, 0x7F) ? PieceEditor.Transform(piece, form(piece.Points)) : piece;
}
