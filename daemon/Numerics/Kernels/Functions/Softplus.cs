using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>ln(1 + e^x), and x itself above 20 (torch).</summary>
public readonly struct Softplus : IElementwise
{
    public static double Of(double x)
    {
        var e = Math.Exp(-Math.Abs(x));
        return x > 20 ? x : Math.Max(x, 0) + 2 * Math.Atanh(e / (2 + e));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x) => VectorMath<TLanes, TVector>.Softplus(x);
}
