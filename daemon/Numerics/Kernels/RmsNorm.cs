using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

internal static unsafe class RmsNorm<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>y = x / √(mean(x²) + ε) ⊙ w over <paramref name="count"/> elements, w null = without; y may be x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, float* w, float epsilon, float* y, int count)
    {
        TVector squares0 = default, squares1 = default;
        var i = 0;
        for (; i <= count - 2 * TLanes.Width; i += 2 * TLanes.Width)
        {
            var (a, b) = (TLanes.Load(x + i), TLanes.Load(x + i + TLanes.Width));
            squares0 = TLanes.MultiplyAdd(a, a, squares0);
            squares1 = TLanes.MultiplyAdd(b, b, squares1);
        }
        double sum = TLanes.Sum(TLanes.Add(squares0, squares1));
        for (; i < count; i++) sum += (double)x[i] * x[i];
        var factor = (float)(1 / Math.Sqrt(sum / count + epsilon));
        var factors = TLanes.All(factor);
        i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
        {
            var normed = TLanes.Multiply(TLanes.Load(x + i), factors);
            TLanes.Store(w == null ? normed : TLanes.Multiply(normed, TLanes.Load(w + i)), y + i);
        }
        for (; i < count; i++) y[i] = w == null ? x[i] * factor : x[i] * factor * w[i];
    }
}
