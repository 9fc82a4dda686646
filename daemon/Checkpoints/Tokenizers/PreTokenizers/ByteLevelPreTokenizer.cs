using MoeDevtools.Checkpoints.Tokenizers.Regexes;
using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <summary>GPT-2's: cuts with its regex and turns bytes into printable characters.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : PreTokenizer
{
    private static readonly OnigRegex Gpt2 = OnigRegex.Parse(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    public override List<Piece> Cut(List<Piece> pieces)
    {
        var cut = base.Cut(pieces);
        var characters = 0;
        foreach (var piece in cut)
        {
            characters += piece.Length;
        }
        var text = new NormalizedText(characters + characters / 8);
        for (var i = 0; i < cut.Count; i++)
        {
            if (cut[i].AddedToken < 0)
            {
                cut[i] = ByteAlphabet.Encode(cut[i], text);
            }
        }
        return cut;
    }

    protected override void Cut(in Piece piece, List<Match> matches, List<Piece> output)
    {
        var spaced = addPrefixSpace && piece.Points[0] != ' ' ? PieceEditor.Prepend(piece, [' ']) : piece;
        if (!useRegex)
        {
            output.Add(spaced);
            return;
        }
        Gpt2.FindMatches(spaced.Points, matches);
        PieceSplitter.Split(spaced, matches, SplitBehavior.Isolated, output);
    }
}
