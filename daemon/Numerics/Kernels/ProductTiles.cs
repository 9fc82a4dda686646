using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Products of 1 to 6 rows of activations with 4 rows of weights, accumulated in registers. An element is summed in the same order in
/// every tile: one accumulator vector, blocks in order, in a block first half then second half, at the end the lanes
/// (<see cref="ILanes{TVector}.Sums"/>).
/// </summary>
[SkipLocalsInit]
internal static unsafe class ProductTiles<TLanes, TVector, TFormat>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TFormat : struct, IWeightFormat
{
    /// <summary>The rows that <typeparamref name="TRows"/> counts; what belongs to others is not compiled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRows>(in Operands p) where TRows : struct, ITileRows
    {
        byte* w0 = p.W[0], w1 = p.W[1], w2 = p.W[2], w3 = p.W[3];
        var x0 = p.X[0];
        var x1 = TRows.Count > 1 ? p.X[1] : null;
        var x2 = TRows.Count > 2 ? p.X[2] : null;
        var x3 = TRows.Count > 3 ? p.X[3] : null;
        var x4 = TRows.Count > 4 ? p.X[4] : null;
        var x5 = TRows.Count > 5 ? p.X[5] : null;
        TileSums<TLanes, TVector> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        var ahead = p.Ahead;
        var key = TFormat.Key<TLanes, TVector>(1);
        var blocks = p.Blocks;
        for (var tail = p.HasTail; ; tail = false)
        {
            for (; blocks > 0; blocks--)
            {
                if (Sse.IsSupported && ahead > 0)
                {
                    Sse.Prefetch0(w0 + ahead);
                    Sse.Prefetch0(w1 + ahead);
                    Sse.Prefetch0(w2 + ahead);
                    Sse.Prefetch0(w3 + ahead);
                }
                for (var s = 0; s < IWeightFormat.Block / 2; s += TLanes.Width)
                {
                    Step<TRows>(
                        TFormat.First<TLanes, TVector>(w0, s, key), TFormat.First<TLanes, TVector>(w1, s, key),
                        TFormat.First<TLanes, TVector>(w2, s, key), TFormat.First<TLanes, TVector>(w3, s, key),
                        x0 + s, x1 + s, x2 + s, x3 + s, x4 + s, x5 + s, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5);
                    const int half = IWeightFormat.Block / 2;
                    Step<TRows>(
                        TFormat.Second<TLanes, TVector>(w0, s, key), TFormat.Second<TLanes, TVector>(w1, s, key),
                        TFormat.Second<TLanes, TVector>(w2, s, key), TFormat.Second<TLanes, TVector>(w3, s, key),
                        x0 + half + s, x1 + half + s, x2 + half + s, x3 + half + s, x4 + half + s, x5 + half + s,
                        ref s0, ref s1, ref s2, ref s3, ref s4, ref s5);
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
        p.Store(0, s0.Total());
        if (TRows.Count > 1) p.Store(1, s1.Total());
        if (TRows.Count > 2) p.Store(2, s2.Total());
        if (TRows.Count > 3) p.Store(3, s3.Total());
        if (TRows.Count > 4) p.Store(4, s4.Total());
        if (TRows.Count > 5) p.Store(5, s5.Total());
    }

    /// <summary>One row of activations with weights that have scales: a weight is its element times its scale, rounded, and then summed as above.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunScaled<TScale>(in Operands p) where TScale : struct, IScaleFormat
    {
        byte* w0 = p.W[0], w1 = p.W[1], w2 = p.W[2], w3 = p.W[3];
        byte* c0 = p.Scales[0], c1 = p.Scales[1], c2 = p.Scales[2], c3 = p.Scales[3];
        var x = p.X[0];
        var ahead = p.Ahead;
        TileSums<TLanes, TVector> sums = default;
        for (var left = p.Blocks; left > 0; left -= p.ScaleBlocks)
        {
            var (a, b) = (TFormat.Key<TLanes, TVector>(TScale.Read(c0)), TFormat.Key<TLanes, TVector>(TScale.Read(c1)));
            var (c, d) = (TFormat.Key<TLanes, TVector>(TScale.Read(c2)), TFormat.Key<TLanes, TVector>(TScale.Read(c3)));
            for (var i = Math.Min(p.ScaleBlocks, left); i > 0; i--)
            {
                if (Sse.IsSupported && ahead > 0)
                {
                    Sse.Prefetch0(w0 + ahead);
                    Sse.Prefetch0(w1 + ahead);
                    Sse.Prefetch0(w2 + ahead);
                    Sse.Prefetch0(w3 + ahead);
                }
                for (var s = 0; s < IWeightFormat.Block / 2; s += TLanes.Width)
                {
                    sums.Add(
                        TFormat.First<TLanes, TVector>(w0, s, a), TFormat.First<TLanes, TVector>(w1, s, b),
                        TFormat.First<TLanes, TVector>(w2, s, c), TFormat.First<TLanes, TVector>(w3, s, d), TLanes.Load(x + s));
                    sums.Add(
                        TFormat.Second<TLanes, TVector>(w0, s, a), TFormat.Second<TLanes, TVector>(w1, s, b),
                        TFormat.Second<TLanes, TVector>(w2, s, c), TFormat.Second<TLanes, TVector>(w3, s, d),
                        TLanes.Load(x + IWeightFormat.Block / 2 + s));
                }
                w0 += TFormat.BlockBytes;
                w1 += TFormat.BlockBytes;
                w2 += TFormat.BlockBytes;
                w3 += TFormat.BlockBytes;
                x += IWeightFormat.Block;
            }
            c0 += TScale.Size;
            c1 += TScale.Size;
            c2 += TScale.Size;
            c3 += TScale.Size;
        }
        p.Store(0, sums.Total());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TRows>(
        TVector a, TVector b, TVector c, TVector d, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5,
        ref TileSums<TLanes, TVector> s0, ref TileSums<TLanes, TVector> s1, ref TileSums<TLanes, TVector> s2,
        ref TileSums<TLanes, TVector> s3, ref TileSums<TLanes, TVector> s4, ref TileSums<TLanes, TVector> s5)
        where TRows : struct, ITileRows
    {
        s0.Add(a, b, c, d, TLanes.Load(x0));
        if (TRows.Count > 1) s1.Add(a, b, c, d, TLanes.Load(x1));
        if (TRows.Count > 2) s2.Add(a, b, c, d, TLanes.Load(x2));
        if (TRows.Count > 3) s3.Add(a, b, c, d, TLanes.Load(x3));
        if (TRows.Count > 4) s4.Add(a, b, c, d, TLanes.Load(x4));
        if (TRows.Count > 5) s5.Add(a, b, c, d, TLanes.Load(x5));
    }
}
