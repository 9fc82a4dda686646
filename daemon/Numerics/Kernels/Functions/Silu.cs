using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>x σ(x).</summary>
public readonly struct Silu : IElementwise
{
    public static double Of(double x) => x / (1 + Math.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x) => TLanes.Multiply(x, VectorMath<TLanes, TVector>.Sigmoid(x));
}
