using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

internal sealed class LowercaseNormalizer : Normalizer
{
    private static readonly Dictionary<int, int[]> Lower = UnicodeTables.Map("lowercase").ToDictionary(r => r[0], r => r[1..]);

    public override Piece Normalize(in Piece piece)
    {
        var changes = new List<Change>(piece.Length);
        foreach (var point in piece.Points)
        {
            if (point < 0x80)
            {
                changes.Add(new(char.IsAsciiLetterUpper((char)point) ? point | 0x20 : point, 0));
                continue;
            }
            if (!Lower.TryGetValue(point, out var lower))
            {
                changes.Add(new(point, 0));
                continue;
            }
            for (var i = 0; i < lower.Length; i++)
            {
                changes.Add(new(lower[i], i == 0 ? 0 : 1));
            }
        }
        return PieceEditor.Transform(piece, changes);
    }
}
