using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Storage;

/// <summary>Columns of a batch as the bytes of their blobs, and back.</summary>
internal static class BatchCodec
{
    /// <summary>How a batch is stored: expert ids as small as its router and its ids allow.</summary>
    public static BatchLayout LayoutOf(RoutingBatch batch, RoutingColumns columns, bool half)
    {
        var present = batch.Present & columns;
        var bytes = batch.Experts <= byte.MaxValue ? 1 : batch.Experts <= ushort.MaxValue ? 2 : 4;
        if (bytes < 4 && (((present & RoutingColumns.SelectedExperts) != 0 && !Fits(batch.SelectedExperts, bytes)) || !Fits(batch.Chosen, bytes))) bytes = 4;
        return new BatchLayout(batch.Router, batch.Tokens, batch.Slots, present, bytes, half ? 2 : 4);
    }

    /// <summary>Writes every blob of the layout, one after the other.</summary>
    public static void Encode(RoutingBatch batch, in BatchLayout layout, Span<byte> into)
    {
        for (var i = 0; i < BatchLayout.Blobs; i++)
        {
            var length = layout.Length(i);
            if (length < 0) continue;
            EncodeBlob(batch, layout, i, into[..length]);
            into = into[length..];
        }
    }

    public static void EncodeBlob(RoutingBatch batch, in BatchLayout layout, int i, Span<byte> into)
    {
        switch (i)
        {
            case 0: Reals(batch.RouterLogits, layout.RealBytes, into); break;
            case 1: Reals(batch.RouterScores, layout.RealBytes, into); break;
            case 2: Reals(batch.SelectionScores, layout.RealBytes, into); break;
            case 3: Ids(batch.SelectedExperts, layout.IdBytes, into); break;
            case 4: Reals(batch.RoutingWeights, layout.RealBytes, into); break;
            case BatchLayout.Chosen: Ids(batch.Chosen, layout.IdBytes, into); break;
            default: Integers(batch.Taken, into); break;
        }
    }

    /// <summary>Fills one column of a batch that has it; <paramref name="from"/> has the length that the layout says.</summary>
    public static void Decode(ReadOnlySpan<byte> from, in BatchLayout layout, int i, RoutingBatch batch)
    {
        switch (i)
        {
            case 0: ReadReals(from, layout.RealBytes, batch.RouterLogits); break;
            case 1: ReadReals(from, layout.RealBytes, batch.RouterScores); break;
            case 2: ReadReals(from, layout.RealBytes, batch.SelectionScores); break;
            case 3: ReadIds(from, layout.IdBytes, batch.SelectedExperts); break;
            case 4: ReadReals(from, layout.RealBytes, batch.RoutingWeights); break;
            case BatchLayout.Chosen: ReadIds(from, layout.IdBytes, batch.Chosen); break;
            default: ReadIntegers(from, batch.Taken); break;
        }
    }

    public static void Integers(ReadOnlySpan<int> values, Span<byte> into)
    {
        if (BitConverter.IsLittleEndian) MemoryMarshal.AsBytes(values).CopyTo(into);
        else
            for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(into[(4 * i)..], values[i]);
    }

    public static void ReadIntegers(ReadOnlySpan<byte> from, Span<int> values)
    {
        if (BitConverter.IsLittleEndian) from.CopyTo(MemoryMarshal.AsBytes(values));
        else
            for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt32LittleEndian(from[(4 * i)..]);
    }

    private static void Reals(ReadOnlySpan<float> values, int bytes, Span<byte> into)
    {
        if (bytes == 4)
        {
            Integers(MemoryMarshal.Cast<float, int>(values), into);
            return;
        }
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(into[(2 * i)..], (Half)values[i]);
    }

    private static void ReadReals(ReadOnlySpan<byte> from, int bytes, Span<float> values)
    {
        if (bytes == 4)
        {
            ReadIntegers(from, MemoryMarshal.Cast<float, int>(values));
            return;
        }
        for (var i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(from[(2 * i)..]);
    }

    private static void Ids(ReadOnlySpan<int> ids, int bytes, Span<byte> into)
    {
        switch (bytes)
        {
            case 1:
                for (var i = 0; i < ids.Length; i++) into[i] = (byte)ids[i];            // -1 becomes 255
                break;
            case 2:
                for (var i = 0; i < ids.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(into[(2 * i)..], (ushort)ids[i]);
                break;
            default: Integers(ids, into); break;
        }
    }

    private static void ReadIds(ReadOnlySpan<byte> from, int bytes, Span<int> ids)
    {
        switch (bytes)
        {
            case 1:
                for (var i = 0; i < ids.Length; i++) ids[i] = from[i] == byte.MaxValue ? -1 : from[i];
                break;
            case 2:
                for (var i = 0; i < ids.Length; i++) ids[i] = BinaryPrimitives.ReadUInt16LittleEndian(from[(2 * i)..]) is var id and not ushort.MaxValue ? id : -1;
                break;
            default: ReadIntegers(from, ids); break;
        }
    }

    /// <summary>True if every id, and -1, is told from the others in so many bytes.</summary>
    private static bool Fits(ReadOnlySpan<int> ids, int bytes)
    {
        var most = bytes == 1 ? byte.MaxValue : ushort.MaxValue;
        var outside = false;
        foreach (var id in ids) outside |= (uint)(id + 1) > (uint)most;                    // -1 is 0, the largest id is one less than all bits set
        return !outside;
    }
}
