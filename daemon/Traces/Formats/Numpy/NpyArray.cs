using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats.Numpy;

/// <summary>
/// One array of an .npy or .npz file. Elements are read in blocks from where they lie, whatever the order of axes and bytes; memory does not grow with the array.
/// One thread.
/// </summary>
internal sealed class NpyArray
{
    /// <summary>A block whose elements lie within so many bytes is read at once, and else along its slowest axis.</summary>
    private const int WindowBytes = 1 << 20;

    private readonly Func<Stream> _stream;
    private readonly long[] _strides;    // in elements, an axis each
    private byte[] _window = [];

    /// <param name="name">As messages name it.</param>
    /// <param name="stream">Gives the array's file, seekable, whenever elements are read; the owner disposes it.</param>
    public NpyArray(string name, NpyHeader header, Func<Stream> stream)
    {
        (Name, _stream, Header) = (name, stream, header);
        _strides = new long[header.Shape.Count];
        long stride = 1;
        for (var i = 0; i < _strides.Length; i++)
        {
            var axis = header.Fortran ? i : _strides.Length - 1 - i;
            _strides[axis] = stride;
            stride *= header.Shape[axis];
        }
    }

    /// <summary>As messages name it.</summary>
    public string Name { get; }

    public NpyHeader Header { get; }

    public IReadOnlyList<long> Shape => Header.Shape;

    public bool IsInteger => Header.Kind is NpyKind.Signed or NpyKind.Unsigned;

    /// <param name="file">Seekable; the caller disposes it after the last read.</param>
    /// <exception cref="UserError"/>
    public static NpyArray Open(string name, Stream file) => new(name, NpyHeader.Read(file, name, file.Length), () => file);

    /// <summary>A block of integers, in C order of the array's axes.</summary>
    /// <param name="start">Its first element, a number an axis.</param>
    /// <param name="count">Its lengths; their product is the length of <paramref name="into"/>.</param>
    /// <exception cref="UserError">The array does not hold whole numbers that fit.</exception>
    public void Read(ReadOnlySpan<long> start, ReadOnlySpan<int> count, Span<long> into) => Read(start, count, into, Integer);

    /// <inheritdoc cref="Read(ReadOnlySpan{long}, ReadOnlySpan{int}, Span{long})"/>
    public void Read(ReadOnlySpan<long> start, ReadOnlySpan<int> count, Span<float> into) => Read(start, count, into, Real);

    /// <summary>All elements of an array that is known to be small.</summary>
    /// <exception cref="UserError">It is not small.</exception>
    public long[] ReadAll(int most = 1 << 24)
    {
        if (Header.Count > most)
            throw new UserError("MOE7203", $"{Name} has {Header.Count} elements; {most} at most are expected there.", $"Check that this is the array that its name says.");
        var values = new long[Header.Count];
        Read(new long[Shape.Count], [.. Shape.Select(n => (int)n)], values);
        return values;
    }

    /// <summary>The only element of an array of texts; null = it is something else.</summary>
    public string? ReadText() => Header.Count == 1 ? ReadTexts() is [var only] ? only : null : null;

    /// <summary>The elements of an array of texts; null = it is something else, or too long to be one of names.</summary>
    public string[]? ReadTexts()
    {
        if (Header.Kind is not (NpyKind.Text or NpyKind.Bytes) || Header.Count * Header.Size > WindowBytes) return null;
        var bytes = new byte[Header.Count * Header.Size];
        Fill(0, bytes);
        var encoding = Header.Kind == NpyKind.Bytes ? Encoding.UTF8 : Header.BigEndian ? new UTF32Encoding(bigEndian: true, byteOrderMark: false) : Encoding.UTF32;
        return [.. Enumerable.Range(0, (int)Header.Count).Select(i => encoding.GetString(bytes, i * Header.Size, Header.Size).TrimEnd('\0'))];
    }

    private delegate T Decode<T>(ReadOnlySpan<byte> element);

    private void Read<T>(ReadOnlySpan<long> start, ReadOnlySpan<int> count, Span<T> into, Decode<T> decode)
    {
        long first = 0;
        for (var i = 0; i < start.Length; i++) first += start[i] * _strides[i];
        if (into.Length > 0) Read(first, count, into, decode);
    }

    private void Read<T>(long first, ReadOnlySpan<int> count, Span<T> into, Decode<T> decode)
    {
        long span = 1;
        var slowest = -1;
        for (var i = 0; i < count.Length; i++)
        {
            span += (count[i] - 1) * _strides[i];
            if (count[i] > 1 && (slowest < 0 || _strides[i] > _strides[slowest])) slowest = i;
        }
        if (span * Header.Size <= WindowBytes || slowest < 0)
        {
            if (_window.Length < span * Header.Size) _window = new byte[span * Header.Size];
            Fill(first * Header.Size, _window.AsSpan(0, (int)span * Header.Size));
            Gather(_window, 0, count, 0, into, decode);
            return;
        }
        // The block is cut in halves along its slowest axis; where that is not the first axis in C order, its halves interleave in the result.
        Span<int> part = stackalloc int[count.Length];
        count.CopyTo(part);
        int outer = 1, inner = 1;
        for (var i = 0; i < slowest; i++) outer *= count[i];
        for (var i = slowest + 1; i < count.Length; i++) inner *= count[i];
        var half = count[slowest] / 2;
        foreach (var (from, length) in new[] { (0, half), (half, count[slowest] - half) })
        {
            part[slowest] = length;
            var values = outer == 1 ? into.Slice(from * inner, length * inner) : new T[outer * length * inner];
            Read(first + from * _strides[slowest], part, values, decode);
            if (outer == 1) continue;
            for (var o = 0; o < outer; o++)
                values.Slice(o * length * inner, length * inner).CopyTo(into[((o * count[slowest] + from) * inner)..]);
        }
    }

    private void Gather<T>(byte[] window, long at, ReadOnlySpan<int> count, int axis, Span<T> into, Decode<T> decode)
    {
        if (axis == count.Length)
        {
            into[0] = decode(window.AsSpan((int)at * Header.Size, Header.Size));
            return;
        }
        var inner = into.Length / count[axis];
        for (var i = 0; i < count[axis]; i++)
            Gather(window, at + i * _strides[axis], count, axis + 1, into.Slice(i * inner, inner), decode);
    }

    private void Fill(long offset, Span<byte> bytes)
    {
        try
        {
            var stream = _stream();
            stream.Position = Header.DataStart + offset;
            stream.ReadExactly(bytes);
        }
        catch (Exception cause) when (cause is IOException or InvalidDataException)
        {
            throw new UserError("MOE7204", $"{Name} cannot be read to its end: {cause.Message}", $"Copy or write the file again.", cause);
        }
    }

    private long Integer(ReadOnlySpan<byte> element)
    {
        switch (Header.Kind)
        {
            case NpyKind.Signed or NpyKind.Unsigned or NpyKind.Bool:
                ulong bits = 0;
                for (var i = 0; i < element.Length; i++) bits = (bits << 8) | element[Header.BigEndian ? i : element.Length - 1 - i];
                var unused = 64 - element.Length * 8;
                if (Header.Kind == NpyKind.Signed) return (long)(bits << unused) >> unused;
                return bits <= long.MaxValue ? (long)bits : throw NotWhole(bits.ToString(CultureInfo.InvariantCulture));
            case NpyKind.Real:
                var value = Wide(element);
                return double.IsInteger(value) && Math.Abs(value) < 1L << 53 ? (long)value : throw NotWhole(value.ToString("R", CultureInfo.InvariantCulture));
            default:
                throw NotWhole(Header.TypeName);
        }
    }

    private float Real(ReadOnlySpan<byte> element) => Header.Kind == NpyKind.Real ? (float)Wide(element) : Integer(element);

    private double Wide(ReadOnlySpan<byte> element) => (element.Length, Header.BigEndian) switch
    {
        (2, false) => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
        (2, true) => (double)BinaryPrimitives.ReadHalfBigEndian(element),
        (4, false) => BinaryPrimitives.ReadSingleLittleEndian(element),
        (4, true) => BinaryPrimitives.ReadSingleBigEndian(element),
        (_, false) => BinaryPrimitives.ReadDoubleLittleEndian(element),
        _ => BinaryPrimitives.ReadDoubleBigEndian(element),
    };

    private UserError NotWhole(string value) =>
        new("MOE7205", $"{Name} holds {value}, where whole numbers are expected.", $"Save this array with an integer dtype.");
}
