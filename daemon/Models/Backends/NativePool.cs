using System.Numerics;
using System.Runtime.InteropServices;

namespace MoeDevtools.Models.Backends;

/// <summary>
/// Blocks of native memory, aligned to 64 bytes, in sizes of powers of two. A returned block is kept for the next renter of its size; all
/// are freed with the pool. One thread at a time.
/// </summary>
internal sealed unsafe class NativePool : IDisposable
{
    private const nuint Alignment = 64;
    private const int SmallestShift = 12;

    private readonly Stack<nint>[] _free = new Stack<nint>[64];
    private readonly List<nint> _all = [];
    private bool _disposed;

    /// <summary>At least <paramref name="bytes"/> bytes with undefined contents.</summary>
    public void* Rent(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var shift = Shift(bytes);
        if (_free[shift] is { Count: > 0 } free) return (void*)free.Pop();
        var block = NativeMemory.AlignedAlloc((nuint)1 << shift, Alignment);
        _all.Add((nint)block);
        return block;
    }

    /// <param name="block">From <see cref="Rent"/>.</param>
    /// <param name="bytes">As asked for there.</param>
    public void Return(void* block, long bytes)
    {
        if (!_disposed) (_free[Shift(bytes)] ??= []).Push((nint)block);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var block in _all) NativeMemory.AlignedFree((void*)block);
    }

    private static int Shift(long bytes) => Math.Max(SmallestShift, 64 - BitOperations.LeadingZeroCount((ulong)Math.Max(0, bytes - 1)));
}
