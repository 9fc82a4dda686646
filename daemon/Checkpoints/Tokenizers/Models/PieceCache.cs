using System.Runtime.InteropServices;

namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>Merged pieces by their characters. It stops growing at a bound and is then emptied. One thread at a time.</summary>
internal sealed class PieceCache
{
    private const int Slots = 1 << 15; // a power of two, at most half full
    private const int MostNumbers = 1 << 20;

    private readonly int[] _first = new int[Slots]; // 1 + where the entry begins in _numbers; 0 = free
    private readonly List<int> _numbers = []; // hash, count of characters, characters, count of tokens, then (id, bytes) for each
    private int _entries;

    public bool TryGet(ReadOnlySpan<int> points, out ReadOnlySpan<BytePairToken> tokens)
    {
        var numbers = CollectionsMarshal.AsSpan(_numbers);
        var hash = Hash(points);
        for (var slot = hash & (Slots - 1); _first[slot] != 0; slot = (slot + 1) & (Slots - 1))
        {
            var entry = numbers[(_first[slot] - 1)..];
            if (entry[0] == hash && entry[1] == points.Length && entry.Slice(2, points.Length).SequenceEqual(points))
            {
                var count = entry[2 + points.Length];
                tokens = MemoryMarshal.Cast<int, BytePairToken>(entry.Slice(3 + points.Length, 2 * count));
                return true;
            }
        }
        tokens = default;
        return false;
    }

    /// <summary>Adds a piece that is not there.</summary>
    public void Add(ReadOnlySpan<int> points, ReadOnlySpan<BytePairToken> tokens)
    {
        if (_entries >= Slots / 2 || _numbers.Count > MostNumbers)
        {
            Array.Clear(_first);
            _numbers.Clear();
            _entries = 0;
        }
        var hash = Hash(points);
        var slot = hash & (Slots - 1);
        while (_first[slot] != 0)
        {
            slot = (slot + 1) & (Slots - 1);
        }
        _first[slot] = _numbers.Count + 1;
        _entries++;
        _numbers.Add(hash);
        _numbers.Add(points.Length);
        _numbers.AddRange(points);
        _numbers.Add(tokens.Length);
        _numbers.AddRange(MemoryMarshal.Cast<BytePairToken, int>(tokens));
    }

    private static int Hash(ReadOnlySpan<int> points)
    {
        var hash = 2166136261u;
        foreach (var point in points)
        {
            hash = (hash ^ (uint)point) * 16777619u;
        }
        return (int)(hash ^ (hash >> 15));
    }
}
