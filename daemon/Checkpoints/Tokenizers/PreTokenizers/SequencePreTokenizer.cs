using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

internal sealed class SequencePreTokenizer(IReadOnlyList<PreTokenizer> steps) : PreTokenizer
{
    public override List<Piece> Cut(List<Piece> pieces) => steps.Aggregate(pieces, (current, step) => step.Cut(current));

    protected override void Cut(in Piece piece, List<Match> matches, List<Piece> output) => output.AddRange(Cut([piece]));
}
