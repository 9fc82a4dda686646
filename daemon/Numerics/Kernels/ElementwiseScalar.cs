using MoeDevtools.Numerics.Kernels.Functions;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="Elementwise{TLanes,TVector}"/>.</summary>
public static unsafe class ElementwiseScalar
{
    public static void Gate<TFunction>(float* gate, float* up, int count) where TFunction : struct, IElementwise
    {
        for (var i = 0; i < count; i++) gate[i] = (float)(TFunction.Of(gate[i]) * (up == null ? 1 : up[i]));
    }

    /// <summary>The twin of <see cref="ClampedSwiglu{TLanes,TVector}"/>.</summary>
    public static void GateClamped(float* gate, float* up, float alpha, float limit, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (g, u) = ((double)MathF.Min(gate[i], limit), (double)Math.Clamp(up[i], -limit, limit));
            gate[i] = (float)((u + 1) * g / (1 + Math.Exp(-alpha * g)));
        }
    }

    public static void Scale(float* x, float factor, int count)
    {
        for (var i = 0; i < count; i++) x[i] *= factor;
    }

    public static void AddScaled(float* x, float factor, float* y, int count)
    {
        for (var i = 0; i < count; i++) y[i] += factor * x[i];
    }

    public static void Clamp(float* x, float least, float most, int count)
    {
        for (var i = 0; i < count; i++) x[i] = Math.Clamp(x[i], least, most);
    }

    /// <summary>A row of weights.</summary>
    public static void Widen(in WeightMatrix w, int row, float* to)
    {
        for (var c = 0; c < w.Columns; c++) to[c] = w.Read(row, c);
    }
}
