using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <param name="length">In characters; the last piece may be shorter.</param>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizer
{
    protected override void Cut(in Piece piece, List<Match> matches, List<Piece> output)
    {
        for (var from = 0L; from < piece.Length; from += length)
        {
            output.Add(piece.Slice((int)from, (int)Math.Min(from + length, piece.Length)));
        }
    }
}
