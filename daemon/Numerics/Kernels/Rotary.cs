using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

internal static unsafe class Rotary<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Rotates the pairs (x[n], x[n + pairs]) by the angles whose cosines and sines are given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Halves(float* x, float* cos, float* sin, int pairs)
    {
        var n = 0;
        for (; n <= pairs - TLanes.Width; n += TLanes.Width)
        {
            var (a, b) = (TLanes.Load(x + n), TLanes.Load(x + pairs + n));
            var (c, s) = (TLanes.Load(cos + n), TLanes.Load(sin + n));
            TLanes.Store(TLanes.Subtract(TLanes.Multiply(a, c), TLanes.Multiply(b, s)), x + n);
            TLanes.Store(TLanes.Add(TLanes.Multiply(b, c), TLanes.Multiply(a, s)), x + pairs + n);
        }
        for (; n < pairs; n++)
            (x[n], x[n + pairs]) = (x[n] * cos[n] - x[n + pairs] * sin[n], x[n + pairs] * cos[n] + x[n] * sin[n]);
    }
}
