using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override Piece Normalize(in Piece piece)
    {
        var points = piece.Points;
        var start = 0;
        while (left && start < points.Length && UnicodeTables.White.Contains(points[start]))
        {
            start++;
        }
        var end = points.Length;
        while (right && end > 0 && UnicodeTables.White.Contains(points[end - 1]))
        {
            end--;
        }
        if (start == 0 && end == points.Length)
        {
            return piece;
        }
        var changes = new List<Change>(Math.Max(end - start, 0));
        for (var i = start; i < end; i++)
        {
            changes.Add(new(points[i], i == end - 1 ? end - points.Length : 0));
        }
        return PieceEditor.Transform(piece, changes, start);
    }
}
