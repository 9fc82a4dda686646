using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>gate = (u + 1) · g · σ(α g) with g = min(gate, limit) and u = up clamped to ± limit (gpt-oss).</summary>
[SkipLocalsInit]
internal static unsafe class ClampedSwiglu<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* gate, float* up, float alpha, float limit, int count)
    {
        var i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width) TLanes.Store(Of(TLanes.Load(gate + i), TLanes.Load(up + i), alpha, limit), gate + i);
        if (i == count) return;
        var rest = stackalloc float[32];
        new Span<float>(rest, 32).Clear();
        for (var j = i; j < count; j++) (rest[j - i], rest[16 + j - i]) = (gate[j], up[j]);
        TLanes.Store(Of(TLanes.Load(rest), TLanes.Load(rest + 16), alpha, limit), rest);
        for (var j = i; j < count; j++) gate[j] = rest[j - i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Of(TVector gate, TVector up, float alpha, float limit)
    {
        var most = TLanes.All(limit);
        var g = TLanes.Min(gate, most);
        var u = TLanes.Min(TLanes.Max(up, TLanes.All(-limit)), most);
        var swish = TLanes.Multiply(g, VectorMath<TLanes, TVector>.Sigmoid(TLanes.Multiply(g, TLanes.All(alpha))));
        return TLanes.Multiply(TLanes.Add(u, TLanes.All(1)), swish);
    }
}
