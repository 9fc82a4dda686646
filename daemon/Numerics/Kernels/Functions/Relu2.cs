using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>max(x, 0)².</summary>
public readonly struct Relu2 : IElementwise
{
    public static double Of(double x) => Math.Max(x, 0) * Math.Max(x, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x)
    {
        var positive = TLanes.Max(x, default);
        return TLanes.Multiply(positive, positive);
    }
}
