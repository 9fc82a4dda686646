using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Runs <see cref="ProductTiles{TLanes,TVector,TFormat}"/> over a <see cref="Product"/> of dense rows. An element's value depends neither on
/// Tokens nor on the range First..Last in which it was asked for.
/// </summary>
[SkipLocalsInit]
internal static unsafe class Products<TLanes, TVector, TFormat>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TFormat : struct, IWeightFormat
{
    private const int PageBytes = 4096;

    /// <param name="p">With scales: one token, whole blocks, and scales for whole blocks.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Product p)
    {
        var count = p.Last - p.First;
        if (count <= 0) return;
        var x = stackalloc float*[6];
        var y = stackalloc float*[6];
        var w = stackalloc byte*[4];
        var scales = stackalloc byte*[4];
        var tails = stackalloc byte*[4];
        var columns = stackalloc int[4];
        var blockBytes = TFormat.BlockBytes;
        var tailBytes = stackalloc byte[4 * blockBytes];
        for (var i = 0; i < 4; i++) tails[i] = tailBytes + i * blockBytes;
        new Span<byte>(tailBytes, 4 * blockBytes).Clear();
        var blocks = p.W.Columns / IWeightFormat.Block;
        var tail = (int)(p.W.RowBytes - (long)blocks * blockBytes);
        var operands = new Operands
        {
            X = x,
            Y = y,
            W = w,
            Scales = scales,
            ScaleBlocks = p.W.ScaleColumns / IWeightFormat.Block,
            Tails = tails,
            Columns = columns,
            Blocks = blocks,
            HasTail = tail > 0,
            Bias = p.Bias,
            Ahead = p.Tokens <= TLanes.TileTokens ? Prefetching.Bytes : 0,
        };

        // Streams nearer than a page confuse the hardware's prefetcher, so where the weights are walked once it is rows r, r + n/4 ... at a
        // time. For more tokens the rows come from the cache, and neighbours do better unless they share pages.
        var groups = (count + 3) / 4;
        var (step, distance) = operands.Ahead == 0 && p.W.RowStride >= PageBytes ? (4, 1) : (1, groups);
        for (int t = 0, taken; t < p.Tokens; t += taken)
        {
            taken = ITileRows.Take(p.Tokens - t, TLanes.TileTokens);
            for (var i = 0; i < taken; i++)
            {
                x[i] = p.XRow(t + i);
                y[i] = p.Y + (t + i) * p.YStride;
            }
            for (var g = 0; g < groups; g++)
            {
                for (var i = 0; i < 4; i++)
                {
                    // Where fewer than four rows are left the last is computed again, with the same result.
                    columns[i] = p.First + Math.Min(g * step + i * distance, count - 1);
                    w[i] = p.WRow(columns[i]);
                    if (p.W.Scales != null) scales[i] = p.W.ScalesOf(columns[i]);
                    if (tail > 0) Buffer.MemoryCopy(w[i] + (long)blocks * blockBytes, tails[i], tail, tail);
                }
                if (p.W.Scales == null) Run(operands, taken);
                else RunScaled(operands, p.W.ScaleFormat);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Run(in Operands operands, int tokens)
    {
        switch (tokens)
        {
            case 6: ProductTiles<TLanes, TVector, TFormat>.Run<ITileRows.Six>(operands); break;
            case 5: ProductTiles<TLanes, TVector, TFormat>.Run<ITileRows.Five>(operands); break;
            case 4: ProductTiles<TLanes, TVector, TFormat>.Run<ITileRows.Four>(operands); break;
            case 3: ProductTiles<TLanes, TVector, TFormat>.Run<ITileRows.Three>(operands); break;
            case 2: ProductTiles<TLanes, TVector, TFormat>.Run<ITileRows.Two>(operands); break;
            default: ProductTiles<TLanes, TVector, TFormat>.Run<ITileRows.One>(operands); break;
        }
    }

    private static void RunScaled(in Operands operands, WeightFormat scales)
    {
        switch (scales)
        {
            case WeightFormat.F32: ProductTiles<TLanes, TVector, TFormat>.RunScaled<IScaleFormat.F32>(operands); break;
            case WeightFormat.F16: ProductTiles<TLanes, TVector, TFormat>.RunScaled<IScaleFormat.F16>(operands); break;
            case WeightFormat.Bf16: ProductTiles<TLanes, TVector, TFormat>.RunScaled<IScaleFormat.Bf16>(operands); break;
            default: ProductTiles<TLanes, TVector, TFormat>.RunScaled<IScaleFormat.F8E8M0>(operands); break;
        }
    }
}
