using System.Buffers.Binary;

namespace MoeDevtools.Traces.Storage;

/// <summary>
/// c_e of a router in a step: <c>counts</c> in the smallest of u8, u16 and i32, of all experts in order, or only of those in <c>experts</c> (u16) where that is shorter.
/// </summary>
internal static class LoadCodec
{
    /// <returns>Bytes of a count; whether only some experts are named; bytes of the counts.</returns>
    /// <param name="experts">At least 4 bytes an expert, as <paramref name="into"/>.</param>
    /// <param name="named">Bytes of the named experts.</param>
    public static (int Width, bool Sparse, int Length) Encode(ReadOnlySpan<int> counts, Span<byte> experts, Span<byte> into, out int named)
    {
        var (most, filled) = (0, 0);
        foreach (var c in counts)
        {
            most = Math.Max(most, c);
            if (c != 0) filled++;
        }
        var width = most <= byte.MaxValue ? 1 : most <= ushort.MaxValue ? 2 : 4;
        var sparse = filled * (width + 2) < counts.Length * width && counts.Length <= ushort.MaxValue + 1;
        (named, var length) = (0, 0);
        for (var e = 0; e < counts.Length; e++)
        {
            if (sparse && counts[e] == 0) continue;
            if (sparse)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(experts[named..], (ushort)e);
                named += 2;
            }
            Write(into[length..], width, counts[e]);
            length += width;
        }
        return (width, sparse, length);
    }

    /// <summary>From the columns tokens, empty_slots, width, experts, counts, the first of them at <paramref name="column"/>; c_e goes to <paramref name="counts"/>.</summary>
    public static (long Tokens, long EmptySlots) Read(Statement row, int column, Span<int> counts)
    {
        counts.Clear();
        var width = row.Int(column + 2);
        var sparse = !row.IsNull(column + 3);
        var experts = row.Blob(column + 3);
        var values = row.Blob(column + 4);
        if (width is not (1 or 2 or 4) || values.Length / width != (sparse ? experts.Length / 2 : counts.Length)) throw new InvalidDataException("loads of another length");
        for (var i = 0; i < values.Length / width; i++)
        {
            var e = sparse ? BinaryPrimitives.ReadUInt16LittleEndian(experts[(2 * i)..]) : i;
            if (e >= counts.Length) throw new InvalidDataException("loads of an expert that the router does not have");
            counts[e] = Value(values[(width * i)..], width);
        }
        return (row.Integer(column), row.Integer(column + 1));
    }

    private static void Write(Span<byte> into, int width, int count)
    {
        if (width == 1) into[0] = (byte)count;
        else if (width == 2) BinaryPrimitives.WriteUInt16LittleEndian(into, (ushort)count);
        else BinaryPrimitives.WriteInt32LittleEndian(into, count);
    }

    private static int Value(ReadOnlySpan<byte> from, int width) =>
        width == 1 ? from[0] : width == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(from) : BinaryPrimitives.ReadInt32LittleEndian(from);
}
