using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <summary>Cuts a normalized piece into the pieces that the model sees, and may rewrite them. Thread safe.</summary>
internal abstract class PreTokenizer
{
    /// <summary>The pieces after this step; added tokens pass as they are, empty pieces are left out.</summary>
    public virtual List<Piece> Cut(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count);
        var matches = new List<Match>();
        foreach (var piece in pieces)
        {
            if (piece.AddedToken >= 0)
            {
                output.Add(piece);
            }
            else
            {
                Cut(piece, matches, output);
            }
        }
        return output;
    }

    /// <param name="matches">Space for matches; its content on entry means nothing.</param>
    protected abstract void Cut(in Piece piece, List<Match> matches, List<Piece> output);
}
