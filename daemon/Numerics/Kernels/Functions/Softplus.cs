using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>ln(1 + e^x), and x itself above 20 (torch).</summary>
public readonly struct Softplus : IElementwise
{
    private const float Linear = 20;

    public static double Of(double x)
    {
        var e = Math.Exp(-Math.Abs(x));
        return x > Linear ? x : Math.Max(x, 0) + 2 * Math.Atanh(e / (2 + e));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x)
    {
        // As above, max(x, 0) + ln(1 + e) with e = e^−|x| of 0 to 1 and ln(1 + e) = 2 artanh(s), s = e / (2 + e); by its series: s² is at most 1/9.
        var e = VectorMath<TLanes, TVector>.Exp(TLanes.Subtract(default, TLanes.Abs(x)));
        var s = TLanes.Divide(e, TLanes.Add(e, TLanes.All(2)));
        var square = TLanes.Multiply(s, s);
        var p = TLanes.All(2f / 15);
        foreach (var odd in (ReadOnlySpan<int>)[13, 11, 9, 7, 5, 3, 1]) p = TLanes.MultiplyAdd(p, square, TLanes.All(2f / odd));
        var positive = TLanes.WhereLess(default, x, x, default);
        return TLanes.KeepNaN(x, TLanes.WhereLess(TLanes.All(Linear), x, x, TLanes.MultiplyAdd(s, p, positive)));
    }
}
