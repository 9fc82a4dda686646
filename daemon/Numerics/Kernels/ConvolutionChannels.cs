using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>A <see cref="Convolution"/> of a block of channels, as vectors of channels.</summary>
internal static unsafe class ConvolutionChannels<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <param name="a">The whole convolution.</param>
    /// <param name="first">The first channel.</param>
    /// <param name="count">Channels.</param>
    /// <param name="stored">Their weights as float32 <c>[count, K]</c>.</param>
    /// <param name="taps">Scratch <c>[K, count]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Convolution a, int first, int count, float* stored, float* taps)
    {
        var size = a.Taps;
        for (var c = 0; c < count; c++)
        {
            for (var n = 0; n < size; n++) taps[(nint)n * count + c] = stored[(nint)c * size + n];
        }
        for (var t = 0; t < a.Tokens; t++)
        {
            var y = a.Y + (nint)t * a.Channels + first;
            if (a.Bias == null) new Span<float>(y, count).Clear();
            else new ReadOnlySpan<float>(a.Bias + first, count).CopyTo(new Span<float>(y, count));
            for (var n = 0; n < size; n++) AddProducts(taps + (nint)n * count, a.Input(t - (size - 1) + n) + first, y, count);
        }
        a.MoveTail(first, count);
    }

    /// <summary>y += w ⊙ x, each rounded twice, so that a channel's value does not depend on its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProducts(float* w, float* x, float* y, int count)
    {
        var i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(TLanes.Add(TLanes.Load(y + i), TLanes.Multiply(TLanes.Load(w + i), TLanes.Load(x + i))), y + i);
        for (; i < count; i++) y[i] += w[i] * x[i];
    }
}
