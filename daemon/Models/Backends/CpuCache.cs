using System.Runtime.InteropServices;

namespace MoeDevtools.Models.Backends;

/// <summary>Keys and values, head by head, so that each head reads one stretch of memory. Memory doubles as positions come, up to the capacity.</summary>
internal sealed unsafe class CpuCache(int heads, int keySize, int valueSize, int capacity) : KeyValueCache
{
    private const int FirstRoom = 256;

    private bool _disposed;

    public int Heads { get; } = heads;

    /// <summary>Positions from one head to the next: as many as there is memory for.</summary>
    public int Room { get; private set; }

    /// <summary><c>[Heads, Room, key size]</c>, of which Length positions are filled.</summary>
    public float* Keys { get; private set; }

    /// <summary><c>[Heads, Room, value size]</c>, of which Length positions are filled.</summary>
    public float* Values { get; private set; }

    /// <param name="keys"><c>[count, Heads · key size]</c>.</param>
    /// <param name="values"><c>[count, Heads · value size]</c>.</param>
    public void Append(float* keys, float* values, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, capacity - Length);
        if (Length + count > Room) Grow(Length + count);
        Add(keys, Keys, keySize, count);
        Add(values, Values, valueSize, count);
        Length += count;
    }

    public override void Rewind(int length, object? saved)
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

    private void Add(float* from, float* to, int size, int count)
    {
        for (var head = 0; head < Heads; head++)
        {
            var row = to + ((nint)head * Room + Length) * size;
            for (var t = 0; t < count; t++) Copy(from + ((nint)t * Heads + head) * size, row + (nint)t * size, size);
        }
    }

    private void Grow(int needed)
    {
        var room = (int)Math.Min(capacity, Math.Max(Math.Max(needed, FirstRoom), 2L * Room));
        Keys = Moved(Keys, keySize, room);
        Values = Moved(Values, valueSize, room);
        Room = room;
    }

    private float* Moved(float* from, int size, int room)
    {
        var to = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, (long)Heads * room * size * sizeof(float)), 64);
        for (var head = 0; head < Heads; head++) Copy(from + (nint)head * Room * size, to + (nint)head * room * size, (long)Length * size);
        NativeMemory.AlignedFree(from);
        return to;
    }

    private static void Copy(float* from, float* to, long count) => Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));
}
