using MoeDevtools.Numerics.Kernels.Functions;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="Elementwise{TLanes,TVector}"/>.</summary>
public static unsafe class ElementwiseScalar
{
    public static void Gate<TFunction>(float* gate, float* up, int count) where TFunction : struct, IElementwise
    {
        for (var i = 0; i < count; i++) gate[i] = (float)(TFunction.Of(gate[i]) * up[i]);
    }

    public static void Add(float* x, float* y, int count)
    {
        for (var i = 0; i < count; i++) y[i] += x[i];
    }

    public static void Clamp(float* x, float limit, int count)
    {
        for (var i = 0; i < count; i++) x[i] = Math.Clamp(x[i], -limit, limit);
    }

    public static void Widen(WeightFormat format, byte* from, float* to, int count)
    {
        for (var i = 0; i < count; i++) to[i] = format.Read(from, i);
    }
}
