using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Numerics;

/// <summary>
/// The score entropy of <see cref="Formulas.NormalisedEntropy"/>, fast enough for a condition on every decision: log2 by a polynomial in
/// float32. Within 1e-6 of the formula where a score is above 1e-5, as one of a softmax always is.
/// </summary>
/// <remarks>
/// With s = 2^e·m, 1 ≤ m &lt; 2 and x = m − 1.5: log2 s = e + (m − 1) + (x² − 1/4)·p(x). The last term bends the line between two powers of two
/// and is 0 at both, so that these are exact, a score of 1 above all. p is the polynomial of degree 5 whose largest error is least, 2.3e-7 in
/// ln s. In units of 2^-23, e + (m − 1) is a float's bits as an integer, less those of 1: everything is computed in these units.
/// </remarks>
public static class Entropy
{
    private const int BitsOfOne = 0x3f800000;
    private const int BitsOfFraction = 0x007fffff;
    private const float Unit = 1 << 23;
    private const float P0 = -0.3398512479f * Unit, P1 = 0.1528191626f * Unit, P2 = -0.07685811297f * Unit;
    private const float P3 = 0.04107483934f * Unit, P4 = -0.02530309129f * Unit, P5 = 0.01520910856f * Unit;
    private const double Ln2 = 0.69314718055994531;

    // Scores that are added in float32 before the sum goes on in double.
    private const int BlockLength = 64;
    private const int RowsAtOnce = 64;
    private const int CachedSizes = 1025;

    // 1 / ln N: a division and a logarithm less in each call; 0 for N = 1.
    private static readonly double[] InverseLn = [.. Enumerable.Range(0, CachedSizes).Select(n => n == 1 ? 0 : 1 / Math.Log(n))];

    /// <summary>
    /// −Σ p ln p / ln N with p = s / Σ s, 0 to 1. NaN where it is undefined (no positive score, or a score that is not finite); 0 for a single
    /// expert. <paramref name="scores"/> <c>[experts]</c>, not negative.
    /// </summary>
    public static double Normalised(ReadOnlySpan<float> scores)
    {
        double entropy = 0;
        Normalised(scores, new Span<double>(ref entropy));
        return entropy;
    }

    /// <summary>
    /// The same of each row, in half the time: <paramref name="scores"/> <c>[rows, experts]</c>, <paramref name="entropies"/> <c>[rows]</c>.
    /// </summary>
    public static void Normalised(ReadOnlySpan<float> scores, Span<double> entropies) => Normalised(SimdLevels.Best, scores, entropies);

    /// <param name="level">Its instructions at most; <see cref="SimdLevel.Vector128"/> is the scalar twin.</param>
    [SkipLocalsInit]
    internal static void Normalised(SimdLevel level, ReadOnlySpan<float> scores, Span<double> entropies)
    {
        // In two passes: so the processor works on several rows at once, while otherwise each waits at its end for its own sums.
        Span<Vector128<double>> buffer = stackalloc Vector128<double>[RowsAtOnce];
        var experts = entropies.IsEmpty ? 0 : scores.Length / entropies.Length;
        while (!entropies.IsEmpty)
        {
            var sums = buffer[..Math.Min(RowsAtOnce, entropies.Length)];
            var some = scores[..(sums.Length * experts)];
            if (level == SimdLevel.Avx512 && experts >= Vector512<float>.Count) Sums512(some, experts, sums);
            else if (level >= SimdLevel.Avx2 && experts >= Vector256<float>.Count) Sums256(some, experts, sums);
            else Sums(some, experts, sums);
            Finish(sums, experts, entropies);
            scores = scores[some.Length..];
            entropies = entropies[sums.Length..];
        }
    }

    /// <summary>Of each row: Σ s and Σ s log2 s, the latter in units of 2^-23.</summary>
    private static void Sums(ReadOnlySpan<float> scores, int experts, Span<Vector128<double>> sums)
    {
        for (var row = 0; row < sums.Length; row++)
        {
            double sum = 0, weighted = 0;
            foreach (var s in scores.Slice(row * experts, experts))
            {
                sum += s;
                weighted += s * Log2(s);
            }
            sums[row] = Vector128.Create(sum, weighted);
        }
    }

    private static void Sums512(ReadOnlySpan<float> scores, int experts, Span<Vector128<double>> sums)
    {
        // The last vector begins early: what it repeats counts as 0.
        var whole = experts - experts % Vector512<float>.Count;
        var last = experts - Vector512<float>.Count;
        var rest = Vector512.GreaterThanOrEqual(Vector512<int>.Indices, Vector512.Create(whole - last)).AsSingle();
        for (var row = 0; row < sums.Length; row++)
        {
            ref readonly var first = ref MemoryMarshal.GetReference(scores.Slice(row * experts, experts));
            var sum = Vector512<float>.Zero;
            var weighted = Vector512<float>.Zero;
            if (whole < experts)
            {
                sum = Vector512.LoadUnsafe(in first, (nuint)last) & rest;
                weighted = sum * Log2(sum);
            }
            var total = Vector128<double>.Zero;
            for (var i = 0; i < whole;)
            {
                var end = Math.Min(i + BlockLength, whole);
                for (; i < end; i += Vector512<float>.Count)
                {
                    var s = Vector512.LoadUnsafe(in first, (nuint)i);
                    sum += s;
                    weighted = Vector512.FusedMultiplyAdd(s, Log2(s), weighted);
                }
                total += Total(sum.GetLower() + sum.GetUpper(), weighted.GetLower() + weighted.GetUpper());
                (sum, weighted) = (Vector512<float>.Zero, Vector512<float>.Zero);
            }
            sums[row] = total;
        }
    }

    private static void Sums256(ReadOnlySpan<float> scores, int experts, Span<Vector128<double>> sums)
    {
        var whole = experts - experts % Vector256<float>.Count;
        var last = experts - Vector256<float>.Count;
        var rest = Vector256.GreaterThanOrEqual(Vector256<int>.Indices, Vector256.Create(whole - last)).AsSingle();
        for (var row = 0; row < sums.Length; row++)
        {
            ref readonly var first = ref MemoryMarshal.GetReference(scores.Slice(row * experts, experts));
            var sum = Vector256<float>.Zero;
            var weighted = Vector256<float>.Zero;
            if (whole < experts)
            {
                sum = Vector256.LoadUnsafe(in first, (nuint)last) & rest;
                weighted = sum * Log2(sum);
            }
            var total = Vector128<double>.Zero;
            for (var i = 0; i < whole;)
            {
                var end = Math.Min(i + BlockLength, whole);
                for (; i < end; i += Vector256<float>.Count)
                {
                    var s = Vector256.LoadUnsafe(in first, (nuint)i);
                    sum += s;
                    weighted = Vector256.FusedMultiplyAdd(s, Log2(s), weighted);
                }
                total += Total(sum, weighted);
                (sum, weighted) = (Vector256<float>.Zero, Vector256<float>.Zero);
            }
            sums[row] = total;
        }
    }

    /// <summary>The totals of two vectors, in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Total(Vector256<float> a, Vector256<float> b)
    {
        var pairs = Avx.UnpackLow(a, b) + Avx.UnpackHigh(a, b);
        var wide = Avx.ConvertToVector256Double(pairs.GetLower() + pairs.GetUpper());
        return wide.GetLower() + wide.GetUpper();
    }

    private static void Finish(ReadOnlySpan<Vector128<double>> sums, int experts, Span<double> entropies)
    {
        var inverse = experts < CachedSizes ? InverseLn[experts] : 1 / Math.Log(experts);
        var weightedUnit = Ln2 / Unit * inverse;
        for (var row = 0; row < sums.Length; row++)
        {
            var sum = sums[row].ToScalar();
            var weighted = sums[row].GetElement(1) * weightedUnit;
            // Softmax scores sum to 1 within rounding: there ln(1 + x) = x and 1 / (1 + x) = 1 − x to 1e-10.
            var off = sum - 1;
            entropies[row] = Math.Abs(off) < 1e-5
                ? Math.Clamp(off * inverse - weighted * (1 - off), 0, 1)
                : OfAnySum(sum, weighted, inverse);
        }
    }

    // Not inlined: the call of Log would have the loop keep everything in memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double OfAnySum(double sum, double weighted, double inverse) =>
        sum > 0 && double.IsFinite(sum) ? Math.Clamp(Math.Log(sum) * inverse - weighted / sum, 0, 1) : double.NaN;

    /// <summary>log2 s in units of 2^-23; below the smallest normal number, where s log2 s is nothing, just finite. Few scores: no digits to lose.</summary>
    private static double Log2(float s)
    {
        var bits = BitConverter.SingleToInt32Bits(s);
        var x = BitConverter.Int32BitsToSingle((bits & BitsOfFraction) | BitsOfOne) - 1.5f;
        var p = MathF.FusedMultiplyAdd(P5, x, P4);
        p = MathF.FusedMultiplyAdd(p, x, P3);
        p = MathF.FusedMultiplyAdd(p, x, P2);
        p = MathF.FusedMultiplyAdd(p, x, P1);
        p = MathF.FusedMultiplyAdd(p, x, P0);
        var bend = MathF.FusedMultiplyAdd(x, x, -0.25f);
        return bits - BitsOfOne + (double)(bend * p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Log2(Vector256<float> s)
    {
        var bits = s.AsInt32();
        var x = ((bits & Vector256.Create(BitsOfFraction)) | Vector256.Create(BitsOfOne)).AsSingle() - Vector256.Create(1.5f);
        var p = Vector256.FusedMultiplyAdd(Vector256.Create(P5), x, Vector256.Create(P4));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(P3));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(P2));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(P1));
        p = Vector256.FusedMultiplyAdd(p, x, Vector256.Create(P0));
        var bend = Vector256.FusedMultiplyAdd(x, x, Vector256.Create(-0.25f));
        return Vector256.FusedMultiplyAdd(bend, p, Vector256.ConvertToSingle(bits - Vector256.Create(BitsOfOne)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Log2(Vector512<float> s)
    {
        var bits = s.AsInt32();
        var x = ((bits & Vector512.Create(BitsOfFraction)) | Vector512.Create(BitsOfOne)).AsSingle() - Vector512.Create(1.5f);
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(P5), x, Vector512.Create(P4));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(P3));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(P2));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(P1));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(P0));
        var bend = Vector512.FusedMultiplyAdd(x, x, Vector512.Create(-0.25f));
        return Vector512.FusedMultiplyAdd(bend, p, Vector512.ConvertToSingle(bits - Vector512.Create(BitsOfOne)));
    }
}
