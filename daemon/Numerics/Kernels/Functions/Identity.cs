using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>x itself: what gates with it is multiplied.</summary>
public readonly struct Identity : IElementwise
{
    public static double Of(double x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IElementwise.Of<TLanes, TVector>(TVector x) => x;
}
