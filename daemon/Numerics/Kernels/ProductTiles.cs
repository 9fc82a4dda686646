using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Products of 1, 2, 3 or 6 rows of activations with 4 rows of weights, accumulated in registers. An element is summed in the same order in
/// every tile: one accumulator vector, blocks in order, in a block first half then second half, at the end the lanes
/// (<see cref="ILanes{TVector}.Sums"/>).
/// </summary>
[SkipLocalsInit]
internal static unsafe class ProductTiles<TLanes, TVector, TFormat>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TFormat : struct, IWeightFormat
{
    // Far enough ahead to hide the memory's latency, near enough to stay in the first-level cache.
    private const int PrefetchBytes = 2048;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1(in Operands p)
    {
        byte* w0 = p.W[0], w1 = p.W[1], w2 = p.W[2], w3 = p.W[3];
        float* x0 = p.X[0];
        TVector a0 = default, b0 = default, c0 = default, d0 = default;
        var blocks = p.Blocks;
        for (var tail = p.HasTail; ; tail = false)
        {
            for (; blocks > 0; blocks--)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(w0 + PrefetchBytes);
                    Sse.Prefetch0(w1 + PrefetchBytes);
                    Sse.Prefetch0(w2 + PrefetchBytes);
                    Sse.Prefetch0(w3 + PrefetchBytes);
                }
                for (var s = 0; s < IWeightFormat.Block / 2; s += TLanes.Width)
                {
                    var v0 = TLanes.Load(x0 + s);
                    var w = TFormat.First<TLanes, TVector>(w0, s);
                    a0 = TLanes.MultiplyAdd(w, v0, a0);
                    w = TFormat.First<TLanes, TVector>(w1, s);
                    b0 = TLanes.MultiplyAdd(w, v0, b0);
                    w = TFormat.First<TLanes, TVector>(w2, s);
                    c0 = TLanes.MultiplyAdd(w, v0, c0);
                    w = TFormat.First<TLanes, TVector>(w3, s);
                    d0 = TLanes.MultiplyAdd(w, v0, d0);
                    v0 = TLanes.Load(x0 + IWeightFormat.Block / 2 + s);
                    w = TFormat.Second<TLanes, TVector>(w0, s);
                    a0 = TLanes.MultiplyAdd(w, v0, a0);
                    w = TFormat.Second<TLanes, TVector>(w1, s);
                    b0 = TLanes.MultiplyAdd(w, v0, b0);
                    w = TFormat.Second<TLanes, TVector>(w2, s);
                    c0 = TLanes.MultiplyAdd(w, v0, c0);
                    w = TFormat.Second<TLanes, TVector>(w3, s);
                    d0 = TLanes.MultiplyAdd(w, v0, d0);
                }
                w0 += TFormat.BlockBytes;
                w1 += TFormat.BlockBytes;
                w2 += TFormat.BlockBytes;
                w3 += TFormat.BlockBytes;
                x0 += IWeightFormat.Block;
            }
            if (!tail) break;
            w0 = p.Tails[0];
            w1 = p.Tails[1];
            w2 = p.Tails[2];
            w3 = p.Tails[3];
            blocks = 1;
        }
        p.Store(0, TLanes.Sums(a0, b0, c0, d0));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2(in Operands p)
    {
        byte* w0 = p.W[0], w1 = p.W[1], w2 = p.W[2], w3 = p.W[3];
        float* x0 = p.X[0], x1 = p.X[1];
        TVector a0 = default, b0 = default, c0 = default, d0 = default;
        TVector a1 = default, b1 = default, c1 = default, d1 = default;
        var blocks = p.Blocks;
        for (var tail = p.HasTail; ; tail = false)
        {
            for (; blocks > 0; blocks--)
            {
                for (var s = 0; s < IWeightFormat.Block / 2; s += TLanes.Width)
                {
                    var v0 = TLanes.Load(x0 + s);
                    var v1 = TLanes.Load(x1 + s);
                    var w = TFormat.First<TLanes, TVector>(w0, s);
                    a0 = TLanes.MultiplyAdd(w, v0, a0);
                    a1 = TLanes.MultiplyAdd(w, v1, a1);
                    w = TFormat.First<TLanes, TVector>(w1, s);
                    b0 = TLanes.MultiplyAdd(w, v0, b0);
                    b1 = TLanes.MultiplyAdd(w, v1, b1);
                    w = TFormat.First<TLanes, TVector>(w2, s);
                    c0 = TLanes.MultiplyAdd(w, v0, c0);
                    c1 = TLanes.MultiplyAdd(w, v1, c1);
                    w = TFormat.First<TLanes, TVector>(w3, s);
                    d0 = TLanes.MultiplyAdd(w, v0, d0);
                    d1 = TLanes.MultiplyAdd(w, v1, d1);
                    v0 = TLanes.Load(x0 + IWeightFormat.Block / 2 + s);
                    v1 = TLanes.Load(x1 + IWeightFormat.Block / 2 + s);
                    w = TFormat.Second<TLanes, TVector>(w0, s);
                    a0 = TLanes.MultiplyAdd(w, v0, a0);
                    a1 = TLanes.MultiplyAdd(w, v1, a1);
                    w = TFormat.Second<TLanes, TVector>(w1, s);
                    b0 = TLanes.MultiplyAdd(w, v0, b0);
                    b1 = TLanes.MultiplyAdd(w, v1, b1);
                    w = TFormat.Second<TLanes, TVector>(w2, s);
                    c0 = TLanes.MultiplyAdd(w, v0, c0);
                    c1 = TLanes.MultiplyAdd(w, v1, c1);
                    w = TFormat.Second<TLanes, TVector>(w3, s);
                    d0 = TLanes.MultiplyAdd(w, v0, d0);
                    d1 = TLanes.MultiplyAdd(w, v1, d1);
                }
                w0 += TFormat.BlockBytes;
                w1 += TFormat.BlockBytes;
                w2 += TFormat.BlockBytes;
                w3 += TFormat.BlockBytes;
                x0 += IWeightFormat.Block;
                x1 += IWeightFormat.Block;
            }
            if (!tail) break;
            w0 = p.Tails[0];
            w1 = p.Tails[1];
            w2 = p.Tails[2];
            w3 = p.Tails[3];
            blocks = 1;
        }
        p.Store(0, TLanes.Sums(a0, b0, c0, d0));
        p.Store(1, TLanes.Sums(a1, b1, c1, d1));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile3(in Operands p)
    {
        byte* w0 = p.W[0], w1 = p.W[1], w2 = p.W[2], w3 = p.W[3];
        float* x0 = p.X[0], x1 = p.X[1], x2 = p.X[2];
        TVector a0 = default, b0 = default, c0 = default, d0 = default;
        TVector a1 = default, b1 = default, c1 = default, d1 = default;
        TVector a2 = default, b2 = default, c2 = default, d2 = default;
        var blocks = p.Blocks;
        for (var tail = p.HasTail; ; tail = false)
        {
            for (; blocks > 0; blocks--)
            {
                for (var s = 0; s < IWeightFormat.Block / 2; s += TLanes.Width)
                {
                    var v0 = TLanes.Load(x0 + s);
                    var v1 = TLanes.Load(x1 + s);
                    var v2 = TLanes.Load(x2 + s);
                    var w = TFormat.First<TLanes, TVector>(w0, s);
                    a0 = TLanes.MultiplyAdd(w, v0, a0);
                    a1 = TLanes.MultiplyAdd(w, v1, a1);
                    a2 = TLanes.MultiplyAdd(w, v2, a2);
                    w = TFormat.First<TLanes, TVector>(w1, s);
                    b0 = TLanes.MultiplyAdd(w, v0, b0);
                    b1 = TLanes.MultiplyAdd(w, v1, b1);
                    b2 = TLanes.MultiplyAdd(w, v2, b2);
                    w = TFormat.First<TLanes, TVector>(w2, s);
                    c0 = TLanes.MultiplyAdd(w, v0, c0);
                    c1 = TLanes.MultiplyAdd(w, v1, c1);
                    c2 = TLanes.MultiplyAdd(w, v2, c2);
                    w = TFormat.First<TLanes, TVector>(w3, s);
                    d0 = TLanes.MultiplyAdd(w, v0, d0);
                    d1 = TLanes.MultiplyAdd(w, v1, d1);
                    d2 = TLanes.MultiplyAdd(w, v2, d2);
                    v0 = TLanes.Load(x0 + IWeightFormat.Block / 2 + s);
                    v1 = TLanes.Load(x1 + IWeightFormat.Block / 2 + s);
                    v2 = TLanes.Load(x2 + IWeightFormat.Block / 2 + s);
                    w = TFormat.Second<TLanes, TVector>(w0, s);
                    a0 = TLanes.MultiplyAdd(w, v0, a0);
                    a1 = TLanes.MultiplyAdd(w, v1, a1);
                    a2 = TLanes.MultiplyAdd(w, v2, a2);
                    w = TFormat.Second<TLanes, TVector>(w1, s);
                    b0 = TLanes.MultiplyAdd(w, v0, b0);
                    b1 = TLanes.MultiplyAdd(w, v1, b1);
                    b2 = TLanes.MultiplyAdd(w, v2, b2);
                    w = TFormat.Second<TLanes, TVector>(w2, s);
                    c0 = TLanes.MultiplyAdd(w, v0, c0);
                    c1 = TLanes.MultiplyAdd(w, v1, c1);
                    c2 = TLanes.MultiplyAdd(w, v2, c2);
                    w = TFormat.Second<TLanes, TVector>(w3, s);
                    d0 = TLanes.MultiplyAdd(w, v0, d0);
                    d1 = TLanes.MultiplyAdd(w, v1, d1);
                    d2 = TLanes.MultiplyAdd(w, v2, d2);
                }
                w0 += TFormat.BlockBytes;
                w1 += TFormat.BlockBytes;
                w2 += TFormat.BlockBytes;
                w3 += TFormat.BlockBytes;
                x0 += IWeightFormat.Block;
                x1 += IWeightFormat.Block;
                x2 += IWeightFormat.Block;
            }
            if (!tail) break;
            w0 = p.Tails[0];
            w1 = p.Tails[1];
            w2 = p.Tails[2];
            w3 = p.Tails[3];
            blocks = 1;
        }
        p.Store(0, TLanes.Sums(a0, b0, c0, d0));
        p.Store(1, TLanes.Sums(a1, b1, c1, d1));
        p.Store(2, TLanes.Sums(a2, b2, c2, d2));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile6(in Operands p)
    {
        byte* w0 = p.W[0], w1 = p.W[1], w2 = p.W[2], w3 = p.W[3];
        float* x0 = p.X[0], x1 = p.X[1], x2 = p.X[2], x3 = p.X[3], x4 = p.X[4], x5 = p.X[5];
        TVector a0 = default, b0 = default, c0 = default, d0 = default;
        TVector a1 = default, b1 = default, c1 = default, d1 = default;
        TVector a2 = default, b2 = default, c2 = default, d2 = default;
        TVector a3 = default, b3 = default, c3 = default, d3 = default;
        TVector a4 = default, b4 = default, c4 = default, d4 = default;
        TVector a5 = default, b5 = default, c5 = default, d5 = default;
        var blocks = p.Blocks;
        for (var tail = p.HasTail; ; tail = false)
        {
            for (; blocks > 0; blocks--)
            {
                for (var s = 0; s < IWeightFormat.Block / 2; s += TLanes.Width)
                {
                    var v0 = TLanes.Load(x0 + s);
                    var v1 = TLanes.Load(x1 + s);
                    var v2 = TLanes.Load(x2 + s);
                    var v3 = TLanes.Load(x3 + s);
                    var v4 = TLanes.Load(x4 + s);
                    var v5 = TLanes.Load(x5 + s);
                    var w = TFormat.First<TLanes, TVector>(w0, s);
                    a0 = TLanes.MultiplyAdd(w, v0, a0);
                    a1 = TLanes.MultiplyAdd(w, v1, a1);
                    a2 = TLanes.MultiplyAdd(w, v2, a2);
                    a3 = TLanes.MultiplyAdd(w, v3, a3);
                    a4 = TLanes.MultiplyAdd(w, v4, a4);
                    a5 = TLanes.MultiplyAdd(w, v5, a5);
                    w = TFormat.First<TLanes, TVector>(w1, s);
                    b0 = TLanes.MultiplyAdd(w, v0, b0);
                    b1 = TLanes.MultiplyAdd(w, v1, b1);
                    b2 = TLanes.MultiplyAdd(w, v2, b2);
                    b3 = TLanes.MultiplyAdd(w, v3, b3);
                    b4 = TLanes.MultiplyAdd(w, v4, b4);
                    b5 = TLanes.MultiplyAdd(w, v5, b5);
                    w = TFormat.First<TLanes, TVector>(w2, s);
                    c0 = TLanes.MultiplyAdd(w, v0, c0);
                    c1 = TLanes.MultiplyAdd(w, v1, c1);
                    c2 = TLanes.MultiplyAdd(w, v2, c2);
                    c3 = TLanes.MultiplyAdd(w, v3, c3);
                    c4 = TLanes.MultiplyAdd(w, v4, c4);
                    c5 = TLanes.MultiplyAdd(w, v5, c5);
                    w = TFormat.First<TLanes, TVector>(w3, s);
                    d0 = TLanes.MultiplyAdd(w, v0, d0);
                    d1 = TLanes.MultiplyAdd(w, v1, d1);
                    d2 = TLanes.MultiplyAdd(w, v2, d2);
                    d3 = TLanes.MultiplyAdd(w, v3, d3);
                    d4 = TLanes.MultiplyAdd(w, v4, d4);
                    d5 = TLanes.MultiplyAdd(w, v5, d5);
                    v0 = TLanes.Load(x0 + IWeightFormat.Block / 2 + s);
                    v1 = TLanes.Load(x1 + IWeightFormat.Block / 2 + s);
                    v2 = TLanes.Load(x2 + IWeightFormat.Block / 2 + s);
                    v3 = TLanes.Load(x3 + IWeightFormat.Block / 2 + s);
                    v4 = TLanes.Load(x4 + IWeightFormat.Block / 2 + s);
                    v5 = TLanes.Load(x5 + IWeightFormat.Block / 2 + s);
                    w = TFormat.Second<TLanes, TVector>(w0, s);
                    a0 = TLanes.MultiplyAdd(w, v0, a0);
                    a1 = TLanes.MultiplyAdd(w, v1, a1);
                    a2 = TLanes.MultiplyAdd(w, v2, a2);
                    a3 = TLanes.MultiplyAdd(w, v3, a3);
                    a4 = TLanes.MultiplyAdd(w, v4, a4);
                    a5 = TLanes.MultiplyAdd(w, v5, a5);
                    w = TFormat.Second<TLanes, TVector>(w1, s);
                    b0 = TLanes.MultiplyAdd(w, v0, b0);
                    b1 = TLanes.MultiplyAdd(w, v1, b1);
                    b2 = TLanes.MultiplyAdd(w, v2, b2);
                    b3 = TLanes.MultiplyAdd(w, v3, b3);
                    b4 = TLanes.MultiplyAdd(w, v4, b4);
                    b5 = TLanes.MultiplyAdd(w, v5, b5);
                    w = TFormat.Second<TLanes, TVector>(w2, s);
                    c0 = TLanes.MultiplyAdd(w, v0, c0);
                    c1 = TLanes.MultiplyAdd(w, v1, c1);
                    c2 = TLanes.MultiplyAdd(w, v2, c2);
                    c3 = TLanes.MultiplyAdd(w, v3, c3);
                    c4 = TLanes.MultiplyAdd(w, v4, c4);
                    c5 = TLanes.MultiplyAdd(w, v5, c5);
                    w = TFormat.Second<TLanes, TVector>(w3, s);
                    d0 = TLanes.MultiplyAdd(w, v0, d0);
                    d1 = TLanes.MultiplyAdd(w, v1, d1);
                    d2 = TLanes.MultiplyAdd(w, v2, d2);
                    d3 = TLanes.MultiplyAdd(w, v3, d3);
                    d4 = TLanes.MultiplyAdd(w, v4, d4);
                    d5 = TLanes.MultiplyAdd(w, v5, d5);
                }
                w0 += TFormat.BlockBytes;
                w1 += TFormat.BlockBytes;
                w2 += TFormat.BlockBytes;
                w3 += TFormat.BlockBytes;
                x0 += IWeightFormat.Block;
                x1 += IWeightFormat.Block;
                x2 += IWeightFormat.Block;
                x3 += IWeightFormat.Block;
                x4 += IWeightFormat.Block;
                x5 += IWeightFormat.Block;
            }
            if (!tail) break;
            w0 = p.Tails[0];
            w1 = p.Tails[1];
            w2 = p.Tails[2];
            w3 = p.Tails[3];
            blocks = 1;
        }
        p.Store(0, TLanes.Sums(a0, b0, c0, d0));
        p.Store(1, TLanes.Sums(a1, b1, c1, d1));
        p.Store(2, TLanes.Sums(a2, b2, c2, d2));
        p.Store(3, TLanes.Sums(a3, b3, c3, d3));
        p.Store(4, TLanes.Sums(a4, b4, c4, d4));
        p.Store(5, TLanes.Sums(a5, b5, c5, d5));
    }
}
