using System.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Text;

/// <summary>GPT-2's printable character for each byte (<c>bytes_to_unicode</c>).</summary>
internal static class ByteAlphabet
{
    private static readonly int[] Characters = Make();
    private static readonly short[] Bytes = Invert();

    /// <summary>The character that stands for a space.</summary>
    public const int Space = 0x120;

    public static int Of(byte value) => Characters[value];

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int ByteOf(int character) => (uint)character < (uint)Bytes.Length ? Bytes[character] : -1;

    /// <summary>The piece with each byte of its UTF-8 as a character; all bytes of a character share its span.</summary>
    public static Piece Encode(in Piece piece, NormalizedText output)
    {
        if (piece.OriginalRange() is not (0, var to) || to != piece.Length)
        {
            return PieceEditor.Transform(piece, Changes(piece.Points));
        }
        var from = output.Length;
        var points = piece.Points;
        var starts = piece.Starts;
        var ends = piece.Ends;
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < points.Length; i++)
        {
            if (points[i] < 0x80)
            {
                output.Add(Characters[points[i]], starts[i], ends[i]);
                continue;
            }
            var length = new Rune(points[i]).EncodeToUtf8(utf8);
            for (var b = 0; b < length; b++)
            {
                output.Add(Characters[utf8[b]], starts[i], ends[i]);
            }
        }
        return new(output, from, output.Length - from, piece.Origin, piece.OriginLength);
    }

    private static List<Change> Changes(ReadOnlySpan<int> points)
    {
        var changes = new List<Change>(points.Length * 2);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var point in points)
        {
            var length = new Rune(point).EncodeToUtf8(utf8);
            for (var b = 0; b < length; b++)
            {
                changes.Add(new(Characters[utf8[b]], b == 0 ? 0 : 1));
            }
        }
        return changes;
    }

    private static int[] Make()
    {
        var characters = new int[256];
        var next = 0x100;
        for (var b = 0; b < 256; b++)
        {
            characters[b] = b is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE ? b : next++;
        }
        return characters;
    }

    private static short[] Invert()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var b = 0; b < 256; b++)
        {
            bytes[Characters[b]] = (short)b;
        }
        return bytes;
    }
}
