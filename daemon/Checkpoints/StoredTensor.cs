using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints;

/// <summary>
/// A tensor where it lies in a mapped file: nothing is copied or converted. Row-major, little-endian. Any thread may read it until the
/// <see cref="Checkpoint"/> or <see cref="SafetensorsFile"/> that lent it is disposed; after that its memory is gone.
/// </summary>
public sealed unsafe class StoredTensor
{
    private readonly long[] _shape;

    internal StoredTensor(string name, StoredType type, long[] shape, byte* data, long bytes, string file)
    {
        (Name, Type, _shape, Bytes, File) = (name, type, shape, bytes, file);
        Data = data;
        ElementCount = 1;
        foreach (long dimension in shape)
        {
            ElementCount *= dimension;
        }
    }

    /// <summary>The key in the checkpoint; of a part, <c>name[3]</c> or <c>name[3..7]</c>.</summary>
    public string Name { get; }

    public StoredType Type { get; }

    /// <summary>Outermost dimension first; empty for a scalar. A dimension may be 0.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>
    /// The first element. The format aligns nothing: an odd header length puts every tensor of the file at an odd address. Read elements
    /// with <c>Unsafe.ReadUnaligned</c> or unaligned vector loads (<c>Vector256.Load</c>, never <c>LoadAligned</c>).
    /// </summary>
    public byte* Data { get; }

    public long Bytes { get; }

    /// <summary>Path of the file that holds it.</summary>
    public string File { get; }

    public long ElementCount { get; }

    /// <summary>Drops the leading dimension: of <c>[experts, out, in]</c> it is the <c>[out, in]</c> of one expert.</summary>
    public StoredTensor Slice(long index)
    {
        RefuseScalar();
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _shape[0]);
        long bytes = RowBytes();
        return new StoredTensor($"{Name}[{index}]", Type, _shape[1..], Data + index * bytes, bytes, File);
    }

    /// <summary>A run of the leading dimension: <c>[out, in]</c> becomes <c>[count, in]</c>.</summary>
    public StoredTensor Rows(long start, long count)
    {
        RefuseScalar();
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, _shape[0]);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _shape[0] - start);
        long bytes = RowBytes();
        long[] shape = [count, .. _shape[1..]];
        return new StoredTensor($"{Name}[{start}..{start + count}]", Type, shape, Data + start * bytes, count * bytes, File);
    }

    /// <summary>Asks for its pages to be read from disk, without waiting for them.</summary>
    public void WillNeed() => MappedPages.WillNeed(Data, Bytes);

    public override string ToString() => $"{Name} {Type.Name()} {Shown.Shape(_shape)}";

    private void RefuseScalar()
    {
        if (_shape.Length == 0)
        {
            throw new InvalidOperationException($"{Name} is a scalar and has no rows.");
        }
    }

    private long RowBytes()
    {
        if (_shape[0] == 0)
        {
            return 0;
        }
        long rowBits = ElementCount / _shape[0] * Type.Bits();
        return rowBits % 8 == 0 ? rowBits / 8 : throw new UserError("MOE1031",
            $"{File}: {Shown.Text(Name)} is {Type.Name()} {Shown.Shape(_shape)}: a row has {rowBits} bits and does not end on a byte.",
            $"Use a checkpoint whose rows have a whole number of bytes.");
    }
}
