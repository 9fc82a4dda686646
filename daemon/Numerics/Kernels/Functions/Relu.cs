using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>max(x, 0).</summary>
public readonly struct Relu : IElementwise
{
    public static double Of(double x) => Math.Max(x, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x) => TLanes.Max(x, default);
}
