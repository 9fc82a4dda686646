using System.Runtime.InteropServices;
using MoeDevtools.Checkpoints.Tokenizers.Regexes;
using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <param name="invert">Whether the matches are what is kept and the rest the delimiters.</param>
internal sealed class SplitPreTokenizer(OnigRegex pattern, SplitBehavior behavior, bool invert) : PreTokenizer
{
    protected override void Cut(in Piece piece, List<Match> matches, List<Piece> output)
    {
        pattern.FindMatches(piece.Points, matches);
        if (invert)
        {
            foreach (ref var match in CollectionsMarshal.AsSpan(matches))
            {
                match = match with { IsMatch = !match.IsMatch };
            }
        }
        PieceSplitter.Split(piece, matches, behavior, output);
    }
}
