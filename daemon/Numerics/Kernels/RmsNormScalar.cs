namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="RmsNorm{TLanes,TVector}"/>.</summary>
public static unsafe class RmsNormScalar
{
    public static void Run(float* x, float* w, float epsilon, float* y, int count)
    {
        var sum = 0.0;
        for (var i = 0; i < count; i++) sum += (double)x[i] * x[i];
        var factor = 1 / Math.Sqrt(sum / count + epsilon);
        for (var i = 0; i < count; i++) y[i] = (float)(x[i] * factor * (w == null ? 1 : w[i]));
    }
}
