using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>tanh(x): Cephes' polynomial below 0.625, 1 − 2/(e^2|x| + 1) above.</summary>
public readonly struct Tanh : IElementwise
{
    public static double Of(double x) => Math.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x)
    {
        var square = TLanes.Multiply(x, x);
        var p = TLanes.All(-5.70498872745e-3f);
        p = TLanes.MultiplyAdd(p, square, TLanes.All(2.06390887954e-2f));
        p = TLanes.MultiplyAdd(p, square, TLanes.All(-5.37397155531e-2f));
        p = TLanes.MultiplyAdd(p, square, TLanes.All(1.33314422036e-1f));
        p = TLanes.MultiplyAdd(p, square, TLanes.All(-3.33332819422e-1f));
        var small = TLanes.MultiplyAdd(TLanes.Multiply(p, square), x, x);
        var one = TLanes.All(1);
        var size = TLanes.Abs(x);
        var e = VectorMath<TLanes, TVector>.Exp(TLanes.Add(size, size));
        var large = TLanes.Subtract(one, TLanes.Divide(TLanes.All(2), TLanes.Add(e, one)));
        large = TLanes.WhereLess(x, default, TLanes.Subtract(default, large), large);
        return TLanes.WhereLess(size, TLanes.All(0.625f), small, large);
    }
}
