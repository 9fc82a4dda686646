using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>x σ(1.702 x).</summary>
public readonly struct QuickGelu : IElementwise
{
    public static double Of(double x) => x / (1 + Math.Exp(-1.702 * x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x) =>
        TLanes.Multiply(x, VectorMath<TLanes, TVector>.Sigmoid(TLanes.Multiply(x, TLanes.All(1.702f))));
}
