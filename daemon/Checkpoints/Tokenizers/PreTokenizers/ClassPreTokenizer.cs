using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <summary>Cuts at each character of a class.</summary>
internal sealed class ClassPreTokenizer(CodePointSet delimiters, SplitBehavior behavior) : PreTokenizer
{
    /// <summary>Each character of the class as a match of its own.</summary>
    public static void Find(ReadOnlySpan<int> points, CodePointSet delimiters, List<Match> matches)
    {
        matches.Clear();
        var covered = 0;
        for (var i = 0; i < points.Length; i++)
        {
            if (!delimiters.Contains(points[i]))
            {
                continue;
            }
            if (covered < i)
            {
                matches.Add(new(covered, i, false));
            }
            matches.Add(new(i, i + 1, true));
            covered = i + 1;
        }
        if (covered < points.Length)
        {
            matches.Add(new(covered, points.Length, false));
        }
    }

    protected override void Cut(in Piece piece, List<Match> matches, List<Piece> output)
    {
        Find(piece.Points, delimiters, matches);
        PieceSplitter.Split(piece, matches, behavior, output);
    }
}
