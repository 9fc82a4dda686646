using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>x/2 (1 + tanh u) with u = √(2/π) (x + 0.044715 x³), which is x σ(2u).</summary>
public readonly struct GeluTanh : IElementwise
{
    public static double Of(double x) => x / (1 + Math.Exp(-2 * Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x)
    {
        const float factor = 1.5957691216f; // 2 √(2/π)
        var inner = TLanes.MultiplyAdd(TLanes.Multiply(TLanes.Multiply(x, x), x), TLanes.All(0.044715f), x);
        return TLanes.Multiply(x, VectorMath<TLanes, TVector>.Sigmoid(TLanes.Multiply(inner, TLanes.All(factor))));
    }
}
