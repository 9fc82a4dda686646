using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

internal sealed class BertNormalizer(bool cleanText, bool handleChineseChars, bool? stripAccents, bool lowercase) : Normalizer
{
    private static readonly LowercaseNormalizer Lowercase = new();

    public override Piece Normalize(in Piece piece)
    {
        var current = piece;
        if (cleanText)
        {
            current = PieceEditor.Filter(current, static c => !UnicodeTables.BertControl.Contains(c));
            current = PieceEditor.Map(current, static c => UnicodeTables.White.Contains(c) ? ' ' : c);
        }
        if (handleChineseChars)
        {
            current = SpaceOutChinese(current);
        }
        if (stripAccents ?? lowercase)
        {
            current = PieceEditor.Transform(current, NormalForms.Decompose(current.Points, compatible: false));
            current = PieceEditor.Filter(current, static c => !UnicodeTables.BertNonspacing.Contains(c));
        }
        return lowercase ? Lowercase.Normalize(current) : current;
    }

    private static Piece SpaceOutChinese(in Piece piece)
    {
        var changes = new List<Change>(piece.Length);
        foreach (var point in piece.Points)
        {
            if (IsChinese(point))
            {
                changes.Add(new(' ', 0));
                changes.Add(new(point, 1));
                changes.Add(new(' ', 1));
            }
            else
            {
                changes.Add(new(point, 0));
            }
        }
        return PieceEditor.Transform(piece, changes);
    }

    private static bool IsChinese(int c) => c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
