using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary><see cref="IndexScores"/> cut into items that run on their own: one query's heads and a block of keys. A key's score does not depend on its block.</summary>
internal static unsafe class IndexScoreBlocks<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Floats of scratch memory that one item needs.</summary>
    public static long Scratch(in IndexScores s) => (long)s.Heads * (BlockOrder.Padded(s.Size) + IndexScores.Block);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in IndexScores s, int item, float* scratch)
    {
        var (token, block) = Math.DivRem(item, s.BlocksOfToken);
        var first = block * IndexScores.Block;
        var count = Math.Min(IndexScores.Block, s.Finished(token) - first);
        if (count <= 0) return;
        var width = BlockOrder.Padded(s.Size);
        float* queries = scratch, products = scratch + s.Heads * width;
        for (var head = 0; head < s.Heads; head++) BlockOrder.Arrange(s.Queries + ((nint)token * s.Heads + head) * s.Size, s.Size, splitPairs: false, queries + head * width);
        Products<TLanes, TVector, F32Weights>.Run(new Product
        {
            X = queries,
            XStride = width,
            Tokens = s.Heads,
            W = new WeightMatrix
            {
                Data = (byte*)(s.Keys + (nint)first * s.Size),
                Format = WeightFormat.F32,
                Columns = s.Size,
                RowStride = (nint)s.Size * sizeof(float),
                ColumnStride = sizeof(float),
            },
            Last = count,
            Y = products,
            YStride = IndexScores.Block,
        });

        float* weights = s.Weights + (nint)token * s.Heads, to = s.Scores + token * s.Stride + first;
        var j = 0;
        for (; j <= count - TLanes.Width; j += TLanes.Width)
        {
            TVector sum = default;
            for (var head = 0; head < s.Heads; head++)
                sum = TLanes.MultiplyAdd(TLanes.All(weights[head]), TLanes.Max(TLanes.Load(products + head * IndexScores.Block + j), default), sum);
            TLanes.Store(sum, to + j);
        }
        for (; j < count; j++)
        {
            // The same roundings as in the lanes, so that a key's score does not depend on its place.
            TVector sum = default;
            for (var head = 0; head < s.Heads; head++)
                sum = TLanes.MultiplyAdd(TLanes.All(weights[head]), TLanes.Max(TLanes.All(products[head * IndexScores.Block + j]), default), sum);
            to[j] = TLanes.MaxOf(sum);
        }
    }
}
