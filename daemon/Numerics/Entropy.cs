using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MoeDevtools.Numerics;

/// <summary>
/// The score entropy of <see cref="Formulas.NormalisedEntropy"/>, fast enough for a condition on every decision: ln by a polynomial in
/// float32 (Cephes logf: 1e-7 relative), Σ s in double. Within 1e-6 of the formula.
/// </summary>
public static class Entropy
{
    private const float Sqrt2 = 1.41421356f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float SmallestNormal = 1.17549435e-38f;
    private const int InfinityBits = 0x7f800000;
    private const int CachedSizes = 1025;

    // 1 / ln N: a division and a logarithm less in each call.
    private static readonly double[] InverseLn = [.. Enumerable.Range(0, CachedSizes).Select(n => 1 / Math.Log(n))];

    /// <summary>
    /// −Σ p ln p / ln N with p = s / Σ s, 0 to 1. NaN where it is undefined (no positive score, or a score that is not finite); 0 for a single
    /// expert. <paramref name="scores"/> <c>[experts]</c>, not negative.
    /// </summary>
    [SkipLocalsInit]
    public static double Normalised(ReadOnlySpan<float> scores)
    {
        if (!Vector256.IsHardwareAccelerated) return NormalisedScalar(scores);
        double sum, weighted;
        var i = 0;
        ref readonly var first = ref MemoryMarshal.GetReference(scores);
        if (Vector512.IsHardwareAccelerated && scores.Length >= Vector512<float>.Count)
        {
            var sums = Vector512<double>.Zero;
            var parts = Vector512<float>.Zero;
            for (; i <= scores.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var s = Vector512.LoadUnsafe(in first, (nuint)i);
                var (low, high) = Vector512.Widen(s);
                sums += low + high;
                parts += TimesLn(s);
            }
            sum = Vector512.Sum(sums);
            weighted = Vector512.Sum(parts);
        }
        else
        {
            var sums = Vector256<double>.Zero;
            var parts = Vector256<float>.Zero;
            for (; i <= scores.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                var s = Vector256.LoadUnsafe(in first, (nuint)i);
                var (low, high) = Vector256.Widen(s);
                sums += low + high;
                parts += TimesLn(s);
            }
            sum = Vector256.Sum(sums);
            weighted = Vector256.Sum(parts);
        }
        for (; i < scores.Length; i++)
        {
            sum += scores[i];
            weighted += TimesLn(scores[i]);
        }
        return Finish(sum, weighted, scores.Length);
    }

    /// <summary>True where <see cref="Normalised"/> is not NaN, at a tenth of its time.</summary>
    public static bool IsDefined(ReadOnlySpan<float> scores)
    {
        // As integers, floats that are not negative keep their order, and infinity and NaN are above all others.
        int smallest = 0, largest = 0, i = 0;
        ref readonly var first = ref MemoryMarshal.GetReference(scores);
        if (Vector256.IsHardwareAccelerated && scores.Length >= Vector256<int>.Count)
        {
            var low = Vector256<int>.Zero;
            var high = Vector256<int>.Zero;
            for (; i <= scores.Length - Vector256<int>.Count; i += Vector256<int>.Count)
            {
                var bits = Vector256.LoadUnsafe(in first, (nuint)i).AsInt32();
                low = Vector256.Min(low, bits);
                high = Vector256.Max(high, bits);
            }
            if (Vector256.LessThanAny(low, Vector256<int>.Zero)) smallest = -1;
            if (Vector256.GreaterThanAny(high, Vector256<int>.Zero)) largest = 1;
            if (Vector256.GreaterThanOrEqualAny(high, Vector256.Create(InfinityBits))) largest = InfinityBits;
        }
        for (; i < scores.Length; i++)
        {
            var bits = BitConverter.SingleToInt32Bits(scores[i]);
            smallest = Math.Min(smallest, bits);
            largest = Math.Max(largest, bits);
        }
        return smallest < 0 ? !double.IsNaN(Normalised(scores)) : largest is > 0 and < InfinityBits;
    }

    /// <summary>The scalar twin of <see cref="Normalised"/>.</summary>
    internal static double NormalisedScalar(ReadOnlySpan<float> scores)
    {
        double sum = 0, weighted = 0;
        foreach (var s in scores)
        {
            sum += s;
            weighted += TimesLn(s);
        }
        return Finish(sum, weighted, scores.Length);
    }

    private static double Finish(double sum, double weighted, int experts)
    {
        if (!(sum > 0) || !double.IsFinite(sum)) return double.NaN;
        if (experts == 1) return 0;
        var off = sum - 1;
        // Softmax scores sum to 1 within rounding: there ln(1 + x) = x − x²/2 + x³/3 to 1e-16.
        var ln = Math.Abs(off) < 1e-4 ? off * (1 - off * (0.5 - off / 3)) : Math.Log(sum);
        var inverse = experts < CachedSizes ? InverseLn[experts] : 1 / Math.Log(experts);
        return Math.Clamp((ln - weighted / sum) * inverse, 0, 1);
    }

    /// <summary>s ln s; 0 for s below the smallest normal number, where it is less than 1e-36.</summary>
    private static float TimesLn(float s)
    {
        if (!(s >= SmallestNormal)) return 0;
        var bits = BitConverter.SingleToInt32Bits(s);
        var exponent = (float)((bits >> 23) - 127);
        var m = BitConverter.Int32BitsToSingle((bits & 0x007fffff) | 0x3f800000);
        if (m > Sqrt2)
        {
            m *= 0.5f;
            exponent++;
        }
        var x = m - 1;
        var z = x * x;
        var y = 7.0376836292e-2f;
        y = MathF.FusedMultiplyAdd(y, x, -1.1514610310e-1f);
        y = MathF.FusedMultiplyAdd(y, x, 1.1676998740e-1f);
        y = MathF.FusedMultiplyAdd(y, x, -1.2420140846e-1f);
        y = MathF.FusedMultiplyAdd(y, x, 1.4249322787e-1f);
        y = MathF.FusedMultiplyAdd(y, x, -1.6668057665e-1f);
        y = MathF.FusedMultiplyAdd(y, x, 2.0000714765e-1f);
        y = MathF.FusedMultiplyAdd(y, x, -2.4999993993e-1f);
        y = MathF.FusedMultiplyAdd(y, x, 3.3333331174e-1f);
        y = MathF.FusedMultiplyAdd(y * x, z, exponent * Ln2Low);
        y = MathF.FusedMultiplyAdd(z, -0.5f, y);
        return s * MathF.FusedMultiplyAdd(exponent, Ln2High, x + y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TimesLn(Vector256<float> s)
    {
        var normal = Vector256.GreaterThanOrEqual(s, Vector256.Create(SmallestNormal));
        var bits = s.AsInt32();
        var m = ((bits & Vector256.Create(0x007fffff)) | Vector256.Create(0x3f800000)).AsSingle();
        var large = Vector256.GreaterThan(m, Vector256.Create(Sqrt2));
        m = Vector256.ConditionalSelect(large, m * 0.5f, m);
        // A true lane is -1, so subtracting the mask adds one to the exponent.
        var exponent = Vector256.ConvertToSingle(Vector256.ShiftRightArithmetic(bits, 23) - Vector256.Create(127) - large.AsInt32());
        var x = m - Vector256<float>.One;
        var z = x * x;
        // Estrin's order: the chain of dependent operations is what takes the time.
        var z2 = z * z;
        var low = Vector256.FusedMultiplyAdd(Vector256.Create(-2.4999993993e-1f), x, Vector256.Create(3.3333331174e-1f));
        var high = Vector256.FusedMultiplyAdd(Vector256.Create(-1.2420140846e-1f), x, Vector256.Create(1.4249322787e-1f));
        low = Vector256.FusedMultiplyAdd(Vector256.FusedMultiplyAdd(Vector256.Create(-1.6668057665e-1f), x, Vector256.Create(2.0000714765e-1f)), z, low);
        high = Vector256.FusedMultiplyAdd(Vector256.FusedMultiplyAdd(Vector256.Create(-1.1514610310e-1f), x, Vector256.Create(1.1676998740e-1f)), z, high);
        high = Vector256.FusedMultiplyAdd(Vector256.Create(7.0376836292e-2f), z2, high);
        var y = Vector256.FusedMultiplyAdd(high, z2, low);
        y = Vector256.FusedMultiplyAdd(y * x, z, exponent * Ln2Low);
        y = Vector256.FusedMultiplyAdd(z, Vector256.Create(-0.5f), y);
        return (s * Vector256.FusedMultiplyAdd(exponent, Vector256.Create(Ln2High), x + y)) & normal;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> TimesLn(Vector512<float> s)
    {
        var normal = Vector512.GreaterThanOrEqual(s, Vector512.Create(SmallestNormal));
        var bits = s.AsInt32();
        var m = ((bits & Vector512.Create(0x007fffff)) | Vector512.Create(0x3f800000)).AsSingle();
        var large = Vector512.GreaterThan(m, Vector512.Create(Sqrt2));
        m = Vector512.ConditionalSelect(large, m * 0.5f, m);
        var exponent = Vector512.ConvertToSingle(Vector512.ShiftRightArithmetic(bits, 23) - Vector512.Create(127) - large.AsInt32());
        var x = m - Vector512<float>.One;
        var z = x * x;
        // Estrin's order: the chain of dependent operations is what takes the time.
        var z2 = z * z;
        var low = Vector512.FusedMultiplyAdd(Vector512.Create(-2.4999993993e-1f), x, Vector512.Create(3.3333331174e-1f));
        var high = Vector512.FusedMultiplyAdd(Vector512.Create(-1.2420140846e-1f), x, Vector512.Create(1.4249322787e-1f));
        low = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(Vector512.Create(-1.6668057665e-1f), x, Vector512.Create(2.0000714765e-1f)), z, low);
        high = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(Vector512.Create(-1.1514610310e-1f), x, Vector512.Create(1.1676998740e-1f)), z, high);
        high = Vector512.FusedMultiplyAdd(Vector512.Create(7.0376836292e-2f), z2, high);
        var y = Vector512.FusedMultiplyAdd(high, z2, low);
        y = Vector512.FusedMultiplyAdd(y * x, z, exponent * Ln2Low);
        y = Vector512.FusedMultiplyAdd(z, Vector512.Create(-0.5f), y);
        return (s * Vector512.FusedMultiplyAdd(exponent, Vector512.Create(Ln2High), x + y)) & normal;
    }
}
