using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

internal static unsafe class LayerNorm<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>y = (x − mean) / √(mean((x − mean)²) + ε) ⊙ w + bias over <paramref name="count"/> elements, bias null = without; y may be x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, float* w, float* bias, float epsilon, float* y, int count)
    {
        TVector sums = default;
        var i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width) sums = TLanes.Add(sums, TLanes.Load(x + i));
        double sum = TLanes.Sum(sums);
        for (; i < count; i++) sum += x[i];
        var mean = (float)(sum / count);

        var means = TLanes.All(mean);
        TVector squares = default;
        i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
        {
            var off = TLanes.Subtract(TLanes.Load(x + i), means);
            squares = TLanes.MultiplyAdd(off, off, squares);
        }
        double variance = TLanes.Sum(squares);
        for (; i < count; i++) variance += (double)(x[i] - mean) * (x[i] - mean);
        var factor = (float)(1 / Math.Sqrt(variance / count + epsilon));

        var factors = TLanes.All(factor);
        i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
        {
            var normed = TLanes.Multiply(TLanes.Multiply(TLanes.Subtract(TLanes.Load(x + i), means), factors), TLanes.Load(w + i));
            TLanes.Store(bias == null ? normed : TLanes.Add(normed, TLanes.Load(bias + i)), y + i);
        }
        for (; i < count; i++) y[i] = (x[i] - mean) * factor * w[i] + (bias == null ? 0 : bias[i]);
    }
}
