using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// A <see cref="Product"/> whose weights cost more to read than to multiply. One token reads them where they lie; for more they are made float32 first, a run of rows at a time that
/// stays in the cache while the tokens pass by, in the order of blocks that the format asks for, so that sums are made as they are without the detour.
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
        if (p.Tokens == 1 && (p.W.Scales == null || UnpackedProducts.HasWholeBlocks(p.W)))
        {
            Products<TLanes, TVector, TFormat>.Run(p);
            return;
        }
        var padded = BlockOrder.Padded(p.W.Columns);
        var most = UnpackedProducts.Rows(p.W.Columns);
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
        var whole = w.Scales == null || w.ScaleColumns % IWeightFormat.Block == 0 ? w.Columns / IWeightFormat.Block : 0;
        var from = w.Row(row);
        for (var block = 0; block < whole; block++, from += TFormat.BlockBytes, to += IWeightFormat.Block)
        {
            var scale = TLanes.All(w.Scales == null ? 1 : w.ScaleFormat.Read(w.ScalesOf(row), block * IWeightFormat.Block / w.ScaleColumns));
            for (var s = 0; s < IWeightFormat.Block / 2; s += TLanes.Width)
            {
                TLanes.Store(TLanes.Multiply(TFormat.First<TLanes, TVector>(from, s), scale), to + s);
                TLanes.Store(TLanes.Multiply(TFormat.Second<TLanes, TVector>(from, s), scale), to + IWeightFormat.Block / 2 + s);
            }
        }
        var (done, left) = (whole * IWeightFormat.Block, w.Columns - whole * IWeightFormat.Block);
        new Span<float>(to, BlockOrder.Padded(left)).Clear();
        for (var i = 0; i < left; i++) to[BlockOrder.Place(i, w.SplitsPairs)] = w.Read(row, done + i);
    }
}

/// <summary>Sizes that no vector width changes.</summary>
internal static class UnpackedProducts
{
    private const int CacheFloats = 64 << 10;

    public static bool HasWholeBlocks(in WeightMatrix w) => w.Columns % IWeightFormat.Block == 0 && w.ScaleColumns % IWeightFormat.Block == 0;

    public static int Rows(int columns) => Math.Max(4, CacheFloats / BlockOrder.Padded(columns) / 4 * 4);

    public static long Scratch(int columns) => (long)Rows(columns) * BlockOrder.Padded(columns);
}
