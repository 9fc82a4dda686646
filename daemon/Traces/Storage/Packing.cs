using System.IO.Compression;

namespace MoeDevtools.Traces.Storage;

/// <summary>
/// How a compacted trace keeps a blob: the first bytes of all elements, then the second bytes, and so on (like bytes lie together), through zlib. Keeps its scratch; one thread at a time.
/// </summary>
internal sealed class Packing
{
    private byte[] _packed = [];
    private byte[] _planes = [];
    private byte[] _plain = [];

    public byte[] Pack(ReadOnlySpan<byte> plain, int elementBytes)
    {
        Grow(ref _planes, plain.Length);
        var count = plain.Length / elementBytes;
        for (var i = 0; i < plain.Length; i++) _planes[i % elementBytes * count + i / elementBytes] = plain[i];
        using var into = new MemoryStream();
        using (var zlib = new ZLibStream(into, CompressionLevel.SmallestSize, leaveOpen: true)) zlib.Write(_planes, 0, plain.Length);
        return into.ToArray();
    }

    /// <summary>Valid until the next call.</summary>
    /// <exception cref="InvalidDataException">Not what <see cref="Pack"/> made of so many bytes.</exception>
    public ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> packed, int length, int elementBytes)
    {
        Grow(ref _packed, packed.Length);
        Grow(ref _planes, length);
        Grow(ref _plain, length);
        packed.CopyTo(_packed);
        using var from = new MemoryStream(_packed, 0, packed.Length);
        using var zlib = new ZLibStream(from, CompressionMode.Decompress);
        if (zlib.ReadAtLeast(_planes.AsSpan(0, length), length, throwOnEndOfStream: false) < length || zlib.ReadByte() >= 0) throw new InvalidDataException("a packed column of another length");
        var count = length / elementBytes;
        for (var i = 0; i < length; i++) _plain[i] = _planes[i % elementBytes * count + i / elementBytes];
        return _plain.AsSpan(0, length);
    }

    private static void Grow(ref byte[] buffer, int length)
    {
        if (buffer.Length < length) buffer = new byte[length];
    }
}
