using System.Runtime.InteropServices;

namespace MoeDevtools.Models.Backends;

/// <summary>Keys and values row-major by position; memory doubles as positions come, up to the capacity.</summary>
internal sealed unsafe class CpuCache(int keyColumns, int valueColumns, int capacity) : KeyValueCache
{
    private const int FirstRoom = 256;

    private int _room;
    private bool _disposed;

    public int KeyColumns { get; } = keyColumns;

    public int ValueColumns { get; } = valueColumns;

    /// <summary><c>[Length, KeyColumns]</c>.</summary>
    public float* Keys { get; private set; }

    /// <summary><c>[Length, ValueColumns]</c>.</summary>
    public float* Values { get; private set; }

    public void Append(float* keys, float* values, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, capacity - Length);
        if (Length + count > _room) Grow(Length + count);
        Copy(keys, Keys + (nint)Length * KeyColumns, (long)count * KeyColumns);
        Copy(values, Values + (nint)Length * ValueColumns, (long)count * ValueColumns);
        Length += count;
    }

    public override void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = Math.Min(Length, length);
    }

    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        NativeMemory.AlignedFree(Keys);
        NativeMemory.AlignedFree(Values);
    }

    private void Grow(int needed)
    {
        _room = (int)Math.Min(capacity, Math.Max(Math.Max(needed, FirstRoom), 2L * _room));
        Keys = Moved(Keys, KeyColumns);
        Values = Moved(Values, ValueColumns);
    }

    private float* Moved(float* from, int columns)
    {
        var to = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, (long)_room * columns * sizeof(float)), 64);
        Copy(from, to, (long)Length * columns);
        NativeMemory.AlignedFree(from);
        return to;
    }

    private static void Copy(float* from, float* to, long count) =>
        Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));
}
