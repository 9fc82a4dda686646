using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// A <see cref="Product"/> whose weights are made float32 first, a run of rows at a time that stays in the cache while the tokens pass by. They are in the order of blocks that
/// the format asks for, so that sums are made as they are without the detour.
/// </summary>
internal static unsafe class UnpackedProducts<TLanes, TVector, TFormat>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TFormat : struct, IWeightFormat
{
    /// <param name="p">The product.</param>
    /// <param name="scratch"><see cref="UnpackedProducts.Scratch"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Product p, float* scratch)
    {
        var padded = BlockOrder.Padded(p.W.Columns);
        var most = p.Tokens == 1 ? 4 : UnpackedProducts.Rows(p.W.Columns);
        for (var first = p.First; first < p.Last; first += most)
        {
            var rows = Math.Min(most, p.Last - first);
            for (var r = 0; r < rows; r++) Unpack(p.W, first + r, scratch + (nint)r * padded);
            Products<TLanes, TVector, F32Weights>.Run(p with
            {
                W = new WeightMatrix { Data = (byte*)scratch, Format = WeightFormat.F32, Columns = padded, RowStride = (nint)padded * sizeof(float), ColumnStride = sizeof(float) },
                First = 0,
                Last = rows,
                Bias = p.Bias == null ? null : p.Bias + first,
                Y = p.Y + first,
            });
        }
    }

    /// <summary>A row in block order, scaled, its last block filled up with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Unpack(in WeightMatrix w, int row, float* to)
    {
        var whole = UnpackedProducts.WholeBlocks(w);
        var from = w.Row(row);
        var ahead = Prefetching.Bytes;
        var scales = w.Scales == null ? null : w.ScalesOf(row);
        var perScale = w.Scales == null ? whole : w.ScaleColumns / IWeightFormat.Block;
        for (var block = 0; block < whole;)
        {
            var key = TFormat.Key<TLanes, TVector>(scales == null ? 1 : w.ScaleFormat.Read(scales, block / perScale));
            for (var end = Math.Min(whole, block + perScale); block < end; block++)
            {
                if (Sse.IsSupported) Sse.Prefetch0(from + ahead);
                for (var s = 0; s < IWeightFormat.Block / 2; s += TLanes.Width)
                {
                    TLanes.Store(TFormat.First<TLanes, TVector>(from, s, key), to + s);
                    TLanes.Store(TFormat.Second<TLanes, TVector>(from, s, key), to + IWeightFormat.Block / 2 + s);
                }
                from += TFormat.BlockBytes;
                to += IWeightFormat.Block;
            }
        }
        var (done, left) = (whole * IWeightFormat.Block, w.Columns - whole * IWeightFormat.Block);
        new Span<float>(to, BlockOrder.Padded(left)).Clear();
        for (var i = 0; i < left; i++) to[BlockOrder.Place(i, w.SplitsPairs)] = w.Read(row, done + i);
    }
}

/// <summary>Sizes that no vector width changes.</summary>
internal static unsafe class UnpackedProducts
{
    private const int CacheFloats = 64 << 10;

    /// <summary>Blocks that lie in their row as a whole and have one scale.</summary>
    public static int WholeBlocks(in WeightMatrix w) => w.Scales == null || w.ScaleColumns % IWeightFormat.Block == 0 ? w.Columns / IWeightFormat.Block : 0;

    /// <summary>Whether some element with a scale is in no such block: <see cref="Products{TLanes,TVector,TFormat}"/> asks for that.</summary>
    public static bool IsNeeded(in WeightMatrix w) => w.Scales != null && WholeBlocks(w) * IWeightFormat.Block < w.Columns;

    public static int Rows(int columns) => Math.Max(4, CacheFloats / BlockOrder.Padded(columns) / 4 * 4);

    public static long Scratch(int columns) => (long)Rows(columns) * BlockOrder.Padded(columns);
}
