using MoeDevtools.Numerics.Kernels.Functions;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="Decays{TLanes,TVector}"/>, in double.</summary>
public static unsafe class DecaysScalar
{
    public static void Run(float* x, float* rate, float* bias, int count)
    {
        for (var i = 0; i < count; i++) x[i] = (float)Math.Exp(rate[i] * Softplus.Of(x[i] + bias[i]));
    }
}
