using System.Runtime.InteropServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>The k highest of many scores, in time that does not grow with k.</summary>
public static class TopKeys
{
    /// <summary>
    /// Writes the indices of the <paramref name="chosen"/>.Length highest <paramref name="scores"/>, of which there are as many or more, in ascending order. Among equals the lower
    /// index; NaN ranks highest.
    /// </summary>
    public static void Select(ReadOnlySpan<float> scores, Span<int> chosen)
    {
        // The k-th highest score, found byte by byte from the top: how many agree with what is known of it and have each next byte.
        Span<int> counts = stackalloc int[256];
        var bits = MemoryMarshal.Cast<float, uint>(scores);
        var (threshold, left) = (0u, chosen.Length);
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            counts.Clear();
            foreach (var b in bits)
            {
                var rank = Rank(b);
                if (shift == 24 || rank >> (shift + 8) == threshold >> (shift + 8)) counts[(int)(rank >> shift & 255)]++;
            }
            var digit = 255;
            while (digit > 0 && counts[digit] < left) left -= counts[digit--];
            threshold |= (uint)digit << shift;
        }

        var next = 0;
        for (var i = 0; next < chosen.Length; i++)
        {
            var rank = Rank(bits[i]);
            if (rank > threshold || (rank == threshold && left-- > 0)) chosen[next++] = i;
        }
    }

    /// <summary>Orders as the floats do.</summary>
    private static uint Rank(uint bits)
    {
        if ((bits & 0x7FFFFFFF) > 0x7F800000) return uint.MaxValue;
        if (bits == 0x80000000) return 0x80000000;                  // −0 equals 0
        return bits >> 31 == 0 ? bits | 0x80000000 : ~bits;
    }
}
