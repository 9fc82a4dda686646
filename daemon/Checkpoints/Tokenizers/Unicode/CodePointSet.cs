namespace MoeDevtools.Checkpoints.Tokenizers.Unicode;

/// <summary>An immutable set of Unicode code points: sorted ranges, and a bitmap for the basic plane.</summary>
internal sealed class CodePointSet
{
    public const int MaxCodePoint = 0x10FFFF;

    private readonly int[] _ranges; // first, last, first, last ...; sorted, disjoint, not adjacent
    private readonly ulong[] _basicPlane = new ulong[0x10000 / 64];

    private CodePointSet(int[] ranges)
    {
        _ranges = ranges;
        for (var i = 0; i < ranges.Length && ranges[i] < 0x10000; i += 2)
        {
            for (var c = ranges[i]; c <= Math.Min(ranges[i + 1], 0xFFFF); c++)
            {
                _basicPlane[c >> 6] |= 1UL << (c & 63);
            }
        }
    }

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = new([0, MaxCodePoint]);

    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>First and last code point of each range, flat.</summary>
    public ReadOnlySpan<int> Ranges => _ranges;

    public static CodePointSet Of(params ReadOnlySpan<int> points)
    {
        var flat = new int[points.Length * 2];
        for (var i = 0; i < points.Length; i++)
        {
            flat[2 * i] = flat[2 * i + 1] = points[i];
        }
        return FromRanges(flat);
    }

    public static CodePointSet Range(int first, int last) => new([first, last]);

    /// <param name="ranges">first, last, first, last ... in any order; may overlap.</param>
    public static CodePointSet FromRanges(ReadOnlySpan<int> ranges)
    {
        var pairs = new (int First, int Last)[ranges.Length / 2];
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i] = (ranges[2 * i], ranges[2 * i + 1]);
        }
        Array.Sort(pairs);
        var merged = new List<int>(ranges.Length);
        foreach (var (first, last) in pairs)
        {
            if (merged.Count > 0 && first <= merged[^1] + 1)
            {
                merged[^1] = Math.Max(merged[^1], last);
            }
            else
            {
                merged.Add(first);
                merged.Add(last);
            }
        }
        return new([.. merged]);
    }

    public bool Contains(int point)
    {
        if ((uint)point < 0x10000)
        {
            return (_basicPlane[point >> 6] & (1UL << (point & 63))) != 0;
        }
        int low = 0, high = _ranges.Length / 2 - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            if (point < _ranges[2 * middle])
            {
                high = middle - 1;
            }
            else if (point > _ranges[2 * middle + 1])
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }
        return false;
    }

    public CodePointSet Union(CodePointSet other) => FromRanges([.. _ranges, .. other._ranges]);

    public CodePointSet Intersect(CodePointSet other) => Negate().Union(other.Negate()).Negate();

    public CodePointSet Negate()
    {
        var gaps = new List<int>(_ranges.Length + 2);
        var next = 0;
        for (var i = 0; i < _ranges.Length; i += 2)
        {
            if (_ranges[i] > next)
            {
                gaps.Add(next);
                gaps.Add(_ranges[i] - 1);
            }
            next = _ranges[i + 1] + 1;
        }
        if (next <= MaxCodePoint)
        {
            gaps.Add(next);
            gaps.Add(MaxCodePoint);
        }
        return new([.. gaps]);
    }
}
