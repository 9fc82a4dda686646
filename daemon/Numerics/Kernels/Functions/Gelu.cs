using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>
/// x/2 (1 + erf(x/√2)), computed as x (1 − c/2) for positive and x c/2 for negative x with c = erfc(|x|/√2), so that the negative tail
/// keeps its digits.
/// </summary>
public readonly struct Gelu : IElementwise
{
    public static double Of(double x)
    {
        var c = Erfc(Math.Abs(x) / Math.Sqrt(2)) / 2;
        return x < 0 ? x * c : x * (1 - c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x)
    {
        // erfc with a relative error of 1.2e-7: Numerical Recipes, "erfcc".
        var a = TLanes.Multiply(TLanes.Abs(x), TLanes.All(0.70710678f));
        var one = TLanes.All(1);
        var t = TLanes.Divide(one, TLanes.MultiplyAdd(a, TLanes.All(0.5f), one));
        var p = TLanes.All(0.17087277f);
        p = TLanes.MultiplyAdd(p, t, TLanes.All(-0.82215223f));
        p = TLanes.MultiplyAdd(p, t, TLanes.All(1.48851587f));
        p = TLanes.MultiplyAdd(p, t, TLanes.All(-1.13520398f));
        p = TLanes.MultiplyAdd(p, t, TLanes.All(0.27886807f));
        p = TLanes.MultiplyAdd(p, t, TLanes.All(-0.18628806f));
        p = TLanes.MultiplyAdd(p, t, TLanes.All(0.09678418f));
        p = TLanes.MultiplyAdd(p, t, TLanes.All(0.37409196f));
        p = TLanes.MultiplyAdd(p, t, TLanes.All(1.00002368f));
        p = TLanes.MultiplyAdd(p, t, TLanes.All(-1.26551223f));
        var exponent = TLanes.Subtract(p, TLanes.Multiply(a, a));
        var half = TLanes.Multiply(TLanes.Multiply(t, TLanes.All(0.5f)), VectorMath<TLanes, TVector>.Exp(exponent));
        return TLanes.Multiply(x, TLanes.WhereLess(x, default, half, TLanes.Subtract(one, half)));
    }

    /// <summary>For a ≥ 0: one minus the Taylor series below 2.5, the continued fraction of Laplace above.</summary>
    private static double Erfc(double a)
    {
        if (!(a < 2.5))
        {
            var fraction = a;
            for (var n = 60; n > 0; n--) fraction = a + n / 2.0 / fraction;
            return Math.Exp(-a * a) / (fraction * Math.Sqrt(Math.PI));
        }
        double term = a, sum = a;
        for (var n = 1; n < 60; n++)
        {
            term *= -a * a / n;
            sum += term / (2 * n + 1);
        }
        return 1 - 2 / Math.Sqrt(Math.PI) * sum;
    }
}
