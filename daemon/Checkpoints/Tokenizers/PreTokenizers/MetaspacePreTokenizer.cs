using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

internal sealed class MetaspacePreTokenizer(MetaspaceFields fields) : PreTokenizer
{
    private static readonly CodePointSet Space = CodePointSet.Of(' ');

    private readonly int[] _replacement = [fields.Replacement];
    private readonly CodePointSet _delimiter = CodePointSet.Of(fields.Replacement);

    protected override void Cut(in Piece piece, List<Match> matches, List<Piece> output)
    {
        ClassPreTokenizer.Find(piece.Points, Space, matches);
        var replaced = PieceEditor.Replace(piece, matches, _replacement);
        var prepends = fields.Scheme switch
        {
            MetaspaceScheme.Always => true,
            MetaspaceScheme.First => replaced.Origin == 0,
            _ => false,
        };
        if (prepends && !(replaced.Length > 0 && replaced.Points[0] == fields.Replacement))
        {
            replaced = PieceEditor.Prepend(replaced, _replacement);
        }
        if (!fields.Split)
        {
            output.Add(replaced);
            return;
        }
        ClassPreTokenizer.Find(replaced.Points, _delimiter, matches);
        PieceSplitter.Split(replaced, matches, SplitBehavior.MergedWithNext, output);
    }
}
