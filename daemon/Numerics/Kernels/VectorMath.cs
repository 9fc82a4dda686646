using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

internal static class VectorMath<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>
    /// e^x within 2e-7 relative, from 0 below −104 to ∞ above 88.73, subnormal results included; NaN stays NaN. Range reduction by ln 2 in
    /// two parts and the polynomial of Cephes' expf.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp(TVector x)
    {
        var clamped = TLanes.Min(TLanes.Max(x, TLanes.All(-105)), TLanes.All(89));
        var n = TLanes.Round(TLanes.Multiply(clamped, TLanes.All(1.44269504f)));
        var r = TLanes.MultiplyAdd(n, TLanes.All(-0.693359375f), clamped);
        r = TLanes.MultiplyAdd(n, TLanes.All(2.12194440e-4f), r);
        var p = TLanes.All(1.9875691500e-4f);
        p = TLanes.MultiplyAdd(p, r, TLanes.All(1.3981999507e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.All(8.3334519073e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.All(4.1665795894e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.All(1.6666665459e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.All(0.5f));
        p = TLanes.Add(TLanes.MultiplyAdd(TLanes.Multiply(r, r), p, r), TLanes.All(1));
        // 2^n in two factors: n reaches from −151 to 128, beyond the exponents of one float.
        var half = TLanes.Round(TLanes.Multiply(n, TLanes.All(0.5f)));
        p = TLanes.Multiply(TLanes.Multiply(p, TLanes.PowerOfTwo(half)), TLanes.PowerOfTwo(TLanes.Subtract(n, half)));
        return TLanes.KeepNaN(x, p);
    }

    /// <summary>1 / (1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid(TVector x)
    {
        var one = TLanes.All(1);
        return TLanes.Divide(one, TLanes.Add(one, Exp(TLanes.Subtract(default, x))));
    }

    /// <summary>ln(1 + e^x), and x itself above 20 (torch).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Softplus(TVector x)
    {
        // max(x, 0) + ln(1 + e) with e = e^−|x| of 0 to 1 and ln(1 + e) = 2 artanh(s), s = e / (2 + e); by its series: s² is at most 1/9.
        var e = Exp(TLanes.Subtract(default, TLanes.Abs(x)));
        var s = TLanes.Divide(e, TLanes.Add(e, TLanes.All(2)));
        var square = TLanes.Multiply(s, s);
        var p = TLanes.All(2f / 15);
        foreach (var odd in (ReadOnlySpan<int>)[13, 11, 9, 7, 5, 3, 1]) p = TLanes.MultiplyAdd(p, square, TLanes.All(2f / odd));
        var positive = TLanes.WhereLess(default, x, x, default);
        return TLanes.KeepNaN(x, TLanes.WhereLess(TLanes.All(20), x, x, TLanes.MultiplyAdd(s, p, positive)));
    }
}
