namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="LayerNorm{TLanes,TVector}"/>: sums in double.</summary>
public static unsafe class LayerNormScalar
{
    public static void Run(float* x, float* w, float* bias, float epsilon, float* y, int count)
    {
        double mean = 0, variance = 0;
        for (var i = 0; i < count; i++) mean += (double)x[i] / count;
        for (var i = 0; i < count; i++) variance += (x[i] - mean) * (x[i] - mean) / count;
        var factor = 1 / Math.Sqrt(variance + epsilon);
        for (var i = 0; i < count; i++) y[i] = (float)((x[i] - mean) * factor * w[i] + (bias == null ? 0 : bias[i]));
    }
}
