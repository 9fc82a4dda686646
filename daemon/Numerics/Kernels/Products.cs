using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Runs <see cref="ProductTiles{TLanes,TVector,TFormat}"/> over a <see cref="Product"/> of dense rows without scales. An element's value depends neither on Tokens nor
/// on the range First..Last in which it was asked for.
/// </summary>
[SkipLocalsInit]
internal static unsafe class Products<TLanes, TVector, TFormat>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TFormat : struct, IWeightFormat
{
    private const int PageBytes = 4096;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Product p)
    {
        var count = p.Last - p.First;
        if (count <= 0) return;
        var x = stackalloc float*[6];
        var y = stackalloc float*[6];
        var w = stackalloc byte*[4];
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
            Tails = tails,
            Columns = columns,
            Blocks = blocks,
            HasTail = tail > 0,
            Bias = p.Bias,
        };

        // Streams nearer than a page confuse the hardware's prefetcher, so a single token walks rows r, r + n/4 ... For more tokens the
        // rows come from the cache, and neighbours do better unless they share pages.
        var groups = (count + 3) / 4;
        var (step, distance) = p.Tokens > 1 && p.W.RowStride >= PageBytes ? (4, 1) : (1, groups);
        for (int t = 0, taken; t < p.Tokens; t += taken)
        {
            taken = Take(p.Tokens - t);
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
                    w[i] = p.W.Row(columns[i]);
                    if (tail > 0) Buffer.MemoryCopy(w[i] + (long)blocks * blockBytes, tails[i], tail, tail);
                }
                switch (taken)
                {
                    case 6:
                        ProductTiles<TLanes, TVector, TFormat>.Tile6(operands);
                        break;
                    case 3:
                        ProductTiles<TLanes, TVector, TFormat>.Tile3(operands);
                        break;
                    case 2:
                        ProductTiles<TLanes, TVector, TFormat>.Tile2(operands);
                        break;
                    default:
                        ProductTiles<TLanes, TVector, TFormat>.Tile1(operands);
                        break;
                }
            }
        }
    }

    private static int Take(int left) => left switch
    {
        >= 6 when TLanes.TileTokens >= 6 => 6,
        4 => 2,
        >= 3 => 3,
        _ => left,
    };
}
