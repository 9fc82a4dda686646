using MoeDevtools.Checkpoints.Tokenizers.Regexes;
using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

internal sealed class ReplaceNormalizer(OnigRegex pattern, string content) : Normalizer
{
    private readonly int[] _content = CodePoints.Of(content);

    public override Piece Normalize(in Piece piece)
    {
        var matches = new List<Match>();
        pattern.FindMatches(piece.Points, matches);
        return PieceEditor.Replace(piece, matches, _content);
    }
}
