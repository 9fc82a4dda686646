using System.Runtime.CompilerServices;
using MoeDevtools.Numerics.Kernels.Functions;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Loops over vectors; the elements that fill no vector go through one on the stack, so that an element's value does not depend on its
/// place.
/// </summary>
[SkipLocalsInit]
internal static unsafe class Elementwise<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>gate = f(gate) ⊙ up, or f(gate) where <paramref name="up"/> is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gate<TFunction>(float* gate, float* up, int count) where TFunction : struct, IElementwise
    {
        var i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
        {
            var f = TFunction.Of<TLanes, TVector>(TLanes.Load(gate + i));
            TLanes.Store(up == null ? f : TLanes.Multiply(f, TLanes.Load(up + i)), gate + i);
        }
        if (i == count) return;
        var rest = stackalloc float[16];
        new Span<float>(rest, 16).Clear();
        Copy(gate + i, rest, count - i);
        TLanes.Store(TFunction.Of<TLanes, TVector>(TLanes.Load(rest)), rest);
        for (var j = i; j < count; j++) gate[j] = up == null ? rest[j - i] : rest[j - i] * up[j];
    }

    /// <summary>y += factor · x, rounded twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(float* x, float factor, float* y, int count)
    {
        var factors = TLanes.All(factor);
        var i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TLanes.Add(TLanes.Load(y + i), TLanes.Multiply(factors, TLanes.Load(x + i))), y + i);
        for (; i < count; i++) y[i] += factor * x[i];
    }

    /// <summary>x = factor · x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* x, float factor, int count)
    {
        var factors = TLanes.All(factor);
        var i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width) TLanes.Store(TLanes.Multiply(TLanes.Load(x + i), factors), x + i);
        for (; i < count; i++) x[i] *= factor;
    }

    /// <summary>x clamped to [least, most] in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Clamp(float* x, float least, float most, int count)
    {
        var (low, high) = (TLanes.All(least), TLanes.All(most));
        var i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TLanes.Min(TLanes.Max(TLanes.Load(x + i), low), high), x + i);
        for (; i < count; i++) x[i] = MathF.Min(MathF.Max(x[i], least), most);
    }

    /// <summary>The float32 values of <paramref name="count"/> stored elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen<TFormat>(byte* from, float* to, int count) where TFormat : struct, IElementFormat
    {
        var i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TFormat.Load<TLanes, TVector>(from + (nint)i * TFormat.Size), to + i);
        for (; i < count; i++) to[i] = TFormat.Read(from + (nint)i * TFormat.Size);
    }

    private static void Copy(float* from, float* to, int count)
    {
        for (var i = 0; i < count; i++) to[i] = from[i];
    }
}
