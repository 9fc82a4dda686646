using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <summary>Keeps runs of word characters and runs of what is neither word nor space (<c>\w+|[^\w\s]+</c> of Rust's regexes).</summary>
internal sealed class WhitespacePreTokenizer : PreTokenizer
{
    protected override void Cut(in Piece piece, List<Match> matches, List<Piece> output)
    {
        var points = piece.Points;
        for (var from = 0; from < points.Length;)
        {
            var word = UnicodeTables.Word.Contains(points[from]);
            if (!word && UnicodeTables.White.Contains(points[from]))
            {
                from++;
                continue;
            }
            var to = from + 1;
            while (to < points.Length && UnicodeTables.Word.Contains(points[to]) == word && (word || !UnicodeTables.White.Contains(points[to])))
            {
                to++;
            }
            output.Add(piece.Slice(from, to));
            from = to;
        }
    }
}
