using System.Runtime.InteropServices;

namespace MoeDevtools.Models.Backends;

/// <summary>
/// Keys and values, head by head, so that each head reads one stretch of memory. Memory doubles as positions come, up to the capacity; with a window it stays at twice the window, and
/// what no later position sees makes room for what comes.
/// </summary>
internal sealed unsafe class CpuCache(int heads, int keySize, int valueSize, int capacity, int window, int rate) : KeyValueCache
{
    private const int FirstRoom = 256;

    private float* _values;
    private bool _disposed;

    public int Heads { get; } = heads;

    /// <summary>Positions that an entry stands for.</summary>
    public int Rate { get; } = rate;

    public override long Bytes => (long)Heads * Room * (keySize + valueSize) * sizeof(float);

    public override bool Overwrites => window > 0;

    /// <summary>Entries that are held: all, or with a window the last ones.</summary>
    public int Held { get; private set; }

    /// <summary>Entries from one head to the next: as many as there is memory for.</summary>
    public int Room { get; private set; }

    /// <summary><c>[Heads, Room, key size]</c>, of which Held are filled.</summary>
    public float* Keys { get; private set; }

    /// <summary><c>[Heads, Room, value size]</c>, of which Held are filled; the keys where they are values too.</summary>
    public float* Values => valueSize == 0 ? Keys : _values;

    /// <param name="keys"><c>[count, Heads · key size]</c>.</param>
    /// <param name="values"><c>[count, Heads · value size]</c>; null where keys are values.</param>
    public void Append(float* keys, float* values, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, capacity - Length);
        MakeRoom(count);
        Add(keys, Keys, keySize, count);
        if (valueSize > 0) Add(values, _values, valueSize, count);
        Held += count;
        Length += count;
    }

    /// <summary>With a window: what the next position still sees.</summary>
    public override object? Save()
    {
        if (window == 0) return null;
        var kept = Math.Min(Held, window - 1);
        var saved = new float[(long)Heads * kept * (keySize + valueSize)];
        fixed (float* to = saved)
        {
            for (var head = 0; head < Heads; head++)
            {
                Copy(Keys + ((nint)head * Room + Held - kept) * keySize, to + (nint)head * kept * keySize, (long)kept * keySize);
                Copy(_values + ((nint)head * Room + Held - kept) * valueSize, to + (nint)kept * (Heads * keySize + head * valueSize), (long)kept * valueSize);
            }
        }
        return saved;
    }

    public override void Rewind(int length, object? saved)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (window == 0 || length == 0)
        {
            Held = Length = Math.Min(Length, length / Rate);
            return;
        }
        var kept = ((float[])saved!).Length / (Heads * (keySize + valueSize));
        Held = 0;
        MakeRoom(kept);
        fixed (float* from = (float[])saved)
        {
            for (var head = 0; head < Heads; head++)
            {
                Copy(from + (nint)head * kept * keySize, Keys + (nint)head * Room * keySize, (long)kept * keySize);
                Copy(from + (nint)kept * (Heads * keySize + head * valueSize), _values + (nint)head * Room * valueSize, (long)kept * valueSize);
            }
        }
        (Held, Length) = (kept, length);
    }

    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        NativeMemory.AlignedFree(Keys);
        NativeMemory.AlignedFree(_values);
    }

    private void Add(float* from, float* to, int size, int count)
    {
        for (var head = 0; head < Heads; head++)
        {
            var row = to + ((nint)head * Room + Held) * size;
            for (var t = 0; t < count; t++) Copy(from + ((nint)t * Heads + head) * size, row + (nint)t * size, size);
        }
    }

    private void MakeRoom(int count)
    {
        if (window == 0)
        {
            if (Held + count > Room) Move(Held, (int)Math.Min(capacity, Math.Max(Math.Max(Held + count, FirstRoom), 2L * Room)));
            return;
        }
        // After a long pass the memory that it took goes back.
        var (kept, usual) = (Math.Min(Held, window - 1), (int)Math.Min(capacity, 2L * window));
        if (Held + count > Room || (Room > usual && kept + count <= usual)) Move(kept, Math.Max(usual, kept + count));
    }

    /// <summary>The last <paramref name="kept"/> to the front of memory for <paramref name="room"/>.</summary>
    private void Move(int kept, int room)
    {
        Keys = Moved(Keys, keySize, kept, room);
        if (valueSize > 0) _values = Moved(_values, valueSize, kept, room);
        (Held, Room) = (kept, room);
    }

    private float* Moved(float* from, int size, int kept, int room)
    {
        var to = room == Room ? from : (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, (long)Heads * room * size * sizeof(float)), 64);
        for (var head = 0; head < Heads; head++) Copy(from + ((nint)head * Room + Held - kept) * size, to + (nint)head * room * size, (long)kept * size);
        if (to != from) NativeMemory.AlignedFree(from);
        return to;
    }

    private static void Copy(float* from, float* to, long count) => Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));
}
