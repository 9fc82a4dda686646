using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

[SkipLocalsInit]
internal static unsafe class Decays<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>x = e^(rate ⊙ softplus(x + bias)) in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, float* rate, float* bias, int count)
    {
        var i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width) TLanes.Store(Of(TLanes.Load(x + i), TLanes.Load(rate + i), TLanes.Load(bias + i)), x + i);
        if (i == count) return;
        var rest = stackalloc float[3 * 16];
        new Span<float>(rest, 3 * 16).Clear();
        for (var j = i; j < count; j++) (rest[j - i], rest[16 + j - i], rest[32 + j - i]) = (x[j], rate[j], bias[j]);
        TLanes.Store(Of(TLanes.Load(rest), TLanes.Load(rest + 16), TLanes.Load(rest + 32)), rest);
        for (var j = i; j < count; j++) x[j] = rest[j - i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Of(TVector x, TVector rate, TVector bias) =>
        VectorMath<TLanes, TVector>.Exp(TLanes.Multiply(rate, VectorMath<TLanes, TVector>.Softplus(TLanes.Add(x, bias))));
}
