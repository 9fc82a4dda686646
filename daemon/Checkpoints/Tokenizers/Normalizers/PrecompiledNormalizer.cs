using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

/// <summary>
/// Sentencepiece's precompiled charsmap: a Darts double array (u32 units) from UTF-8 to offsets into zero-terminated replacements.
/// A grapheme cluster under six bytes is looked up whole, and the shortest rule that begins it replaces all of it.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private const int WholeClusterBytes = 6;

    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private PrecompiledNormalizer(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    public static PrecompiledNormalizer Read(JsonPart part)
    {
        byte[] map;
        try
        {
            map = Convert.FromBase64String(part.Text());
        }
        catch (FormatException)
        {
            throw TokenizerErrors.WrongType(part.File, part.Path, "text that is not base64", "base64");
        }
        var size = map.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (size > map.Length - 4 || size < 4)
        {
            throw TokenizerErrors.Contradiction(part.File, part.Path, $"the charsmap has {map.Length} bytes, too few for its trie");
        }
        var units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(4 + 4 * i));
        }
        var replacements = map[(4 + 4 * units.Length)..];
        if (!Utf8.IsValid(replacements))
        {
            throw TokenizerErrors.Contradiction(part.File, part.Path, "the replacements are not valid UTF-8");
        }
        return new(units, replacements);
    }

    public override Piece Normalize(in Piece piece)
    {
        var points = piece.Points;
        var changes = new List<Change>(points.Length);
        var modified = false;
        Span<byte> utf8 = stackalloc byte[WholeClusterBytes];
        for (var start = 0; start < points.Length;)
        {
            var end = Graphemes.End(points, start);
            if (CodePoints.Utf8Length(points[start..end]) < WholeClusterBytes && Lookup(points[start..end], utf8) is { } whole)
            {
                Replace(changes, end - start, whole);
                modified = true;
            }
            else
            {
                for (var i = start; i < end; i++)
                {
                    if (Lookup(points.Slice(i, 1), utf8) is { } one)
                    {
                        Replace(changes, 1, one);
                        modified = true;
                    }
                    else
                    {
                        changes.Add(new(points[i], 0));
                    }
                }
            }
            start = end;
        }
        return modified ? PieceEditor.Transform(piece, changes) : piece;
    }

    private int[]? Lookup(ReadOnlySpan<int> cluster, Span<byte> utf8)
    {
        var length = 0;
        foreach (var point in cluster)
        {
            length += new Rune(point).EncodeToUtf8(utf8[length..]);
        }
        var node = Offset(_units[0]);
        foreach (var b in utf8[..length])
        {
            if (b == 0)
            {
                return null;
            }
            node ^= b;
            var unit = Unit(node);
            if ((unit & 0x800000FF) != b)
            {
                return null;
            }
            node ^= Offset(unit);
            if ((unit & 0x100) != 0)
            {
                return Replacement(Unit(node) & 0x7FFFFFFF);
            }
        }
        return null;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private uint Unit(uint node) =>
        node < _units.Length ? _units[node] : throw TokenizerErrors.ReferenceFails("The precompiled normalizer", "its trie points outside of itself");

    private int[] Replacement(uint at)
    {
        if (at > _replacements.Length || (at < _replacements.Length && (_replacements[at] & 0xC0) == 0x80))
        {
            throw TokenizerErrors.ReferenceFails("The precompiled normalizer", "a rule points outside of its replacements");
        }
        var rest = _replacements.AsSpan((int)at);
        var end = rest.IndexOf((byte)0);
        return CodePoints.Of(System.Text.Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]));
    }

    private static void Replace(List<Change> changes, int oldCount, int[] replacement)
    {
        foreach (var point in replacement)
        {
            changes.Add(new(point, 0));
        }
        var difference = replacement.Length - oldCount;
        for (var i = 1; i <= difference; i++)
        {
            changes[^i] = changes[^i] with { Kind = 1 };
        }
        // What is removed counts for the character before, if there is one: at the very start it is not counted at all.
        if (difference < 0 && changes.Count > 0)
        {
            changes[^1] = changes[^1] with { Kind = changes[^1].Kind + difference };
        }
    }
}
