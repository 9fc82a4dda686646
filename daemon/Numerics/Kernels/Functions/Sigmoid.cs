using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>1 / (1 + e^−x).</summary>
public readonly struct Sigmoid : IElementwise
{
    public static double Of(double x) => 1 / (1 + Math.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x) => VectorMath<TLanes, TVector>.Sigmoid(x);
}
