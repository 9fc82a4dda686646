using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MoeDevtools.Traces.Writing;

/// <summary>A run of records on their way to the writer's thread: bytes, reused, and now and then an object. One thread at a time.</summary>
internal sealed class Chunk(int capacity)
{
    private const int Alignment = 8;
    private readonly byte[] _data = GC.AllocateUninitializedArray<byte>(capacity);
    private int _read;
    private int _readObjects;

    public int Capacity => _data.Length;

    public int Length { get; private set; }

    public bool IsEmpty => Length == 0;

    public List<object> Objects { get; } = [];

    /// <summary>What a record with so many bytes of content takes.</summary>
    public static int SizeOf<T>(int content) where T : unmanaged => checked(Alignment + Aligned(Unsafe.SizeOf<T>()) + Aligned(content));

    public bool HasRoom(int size) => Length + size <= _data.Length;

    /// <summary>Room for the content of a record with this head.</summary>
    public Span<byte> Append<T>(RecordKind kind, in T head, int content) where T : unmanaged
    {
        MemoryMarshal.Write(_data.AsSpan(Length), (int)kind);
        MemoryMarshal.Write(_data.AsSpan(Length + Alignment), head);
        var start = Length + Alignment + Aligned(Unsafe.SizeOf<T>());
        Length = start + Aligned(content);
        return _data.AsSpan(start, content);
    }

    public void Append(object item)
    {
        Append(RecordKind.Object, 0, 0);
        Objects.Add(item);
    }

    /// <summary>False = all is read.</summary>
    public bool ReadKind(out RecordKind kind)
    {
        kind = default;
        if (_read >= Length) return false;
        kind = (RecordKind)MemoryMarshal.Read<int>(_data.AsSpan(_read));
        _read += Alignment;
        return true;
    }

    public T ReadHead<T>() where T : unmanaged
    {
        var head = MemoryMarshal.Read<T>(_data.AsSpan(_read));
        _read += Aligned(Unsafe.SizeOf<T>());
        return head;
    }

    public ReadOnlySpan<byte> ReadContent(int length)
    {
        var content = _data.AsSpan(_read, length);
        _read += Aligned(length);
        return content;
    }

    public object ReadObject()
    {
        ReadHead<int>();
        return Objects[_readObjects++];
    }

    public void Clear()
    {
        (Length, _read, _readObjects) = (0, 0, 0);
        Objects.Clear();
    }

    private static int Aligned(int bytes) => checked(bytes + Alignment - 1) & ~(Alignment - 1);
}
