using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// A <see cref="Product"/> whose weights are stored the other way round, <c>[in, out]</c>: a vector holds neighbouring outputs, and an output is one chain of multiply-adds along k.
/// An element's value depends neither on Tokens nor on the range First..Last. One token reads the weights where they lie; for more, blocks of them are made float32 panels first.
/// </summary>
[SkipLocalsInit]
internal static unsafe class ColumnProducts<TLanes, TVector, TFormat>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TFormat : struct, IElementFormat
{
    // Rows of stored weights that a token walks at once: as many streams, far apart.
    private const int Streams = 8;

    /// <param name="p">The product.</param>
    /// <param name="scratch"><see cref="ColumnProducts.Scratch"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Product p, float* scratch)
    {
        for (var t = 0; t < p.Tokens; t++) new Span<float>(p.Y + t * p.YStride + p.First, p.Last - p.First).Clear();
        var first = p.First;
        if (p.Tokens == 1)
        {
            first = p.Last - (p.Last - p.First) % ColumnTiles<TLanes, TVector>.Outputs;
            for (var k = 0; k < p.W.Columns; k += Streams) AddRows(p, k, Math.Min(Streams, p.W.Columns - k), first);
        }
        for (var n = first; n < p.Last; n += ColumnProducts.BlockOutputs)
        {
            var outputs = Math.Min(ColumnProducts.BlockOutputs, p.Last - n);
            for (var k = 0; k < p.W.Columns; k += ColumnProducts.BlockInputs)
                AddBlock(p, k, Math.Min(ColumnProducts.BlockInputs, p.W.Columns - k), n, outputs, scratch);
        }
        if (p.Bias == null) return;
        for (var t = 0; t < p.Tokens; t++)
        {
            var y = p.Y + t * p.YStride;
            for (var n = p.First; n < p.Last; n++) y[n] += p.Bias[n];
        }
    }

    /// <summary>y[n] += Σ x[k] · w[n, k] of one token for a few k and the panels up to <paramref name="last"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows(in Product p, int first, int count, int last)
    {
        var x = p.XRow(0) + first;
        var from = p.W.Data + first * p.W.ColumnStride;
        for (var n = p.First; n < last; n += ColumnTiles<TLanes, TVector>.Outputs)
        {
            TileSums<TLanes, TVector> sums = default;
            sums.Load(p.Y + n);
            for (var k = 0; k < count; k++)
            {
                var row = from + k * p.W.ColumnStride;
                if (Sse.IsSupported)
                {
                    // The next rows: the processor itself expects what lies side by side.
                    var next = row + Streams * p.W.ColumnStride + n * p.W.RowStride;
                    Sse.Prefetch0(next);
                    Sse.Prefetch0(next + 64);
                }
                sums.Add(
                    Load(p.W, row, n), Load(p.W, row, n + TLanes.Width), Load(p.W, row, n + 2 * TLanes.Width), Load(p.W, row, n + 3 * TLanes.Width),
                    TLanes.All(x[k]));
            }
            sums.Store(p.Y + n);
        }
    }

    /// <summary>The same for a block of weights and all tokens.</summary>
    private static void AddBlock(in Product p, int first, int count, int n, int outputs, float* scratch)
    {
        var x = stackalloc float*[6];
        var y = stackalloc float*[6];
        var rest = stackalloc float[6 * ColumnTiles<TLanes, TVector>.Outputs];
        var width = ColumnTiles<TLanes, TVector>.Outputs;
        Pack(p.W, first, count, n, outputs, scratch);
        for (int t = 0, taken; t < p.Tokens; t += taken)
        {
            taken = ITileRows.Take(p.Tokens - t, TLanes.TileTokens);
            for (var i = 0; i < taken; i++) x[i] = p.XRow(t + i) + first;
            for (var o = 0; o < outputs; o += width)
            {
                var some = outputs - o < width;
                for (var i = 0; i < taken; i++)
                {
                    var to = p.Y + (t + i) * p.YStride + n + o;
                    y[i] = some ? rest + i * width : to;
                    if (some) new Span<float>(to, outputs - o).CopyTo(new Span<float>(y[i], width));
                }
                Run(scratch + (nint)o * count, count, x, y, taken);
                if (!some) continue;
                for (var i = 0; i < taken; i++) new Span<float>(y[i], outputs - o).CopyTo(new Span<float>(p.Y + (t + i) * p.YStride + n + o, outputs - o));
            }
        }
    }

    /// <summary>Panels <c>[count, Outputs]</c>; of the last one some columns may hold anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(in WeightMatrix w, int first, int count, int n, int outputs, float* to)
    {
        var width = ColumnTiles<TLanes, TVector>.Outputs;
        for (var k = 0; k < count; k++)
        {
            var from = w.Data + (first + k) * w.ColumnStride;
            for (var o = 0; o < outputs; o += TLanes.Width)
            {
                var panel = to + (nint)(o / width * width) * count + k * width + o % width;
                if (outputs - o >= TLanes.Width) TLanes.Store(Load(w, from, n + o), panel);
                else LoadRest(w, from, n + o, outputs - o, panel);
            }
        }
    }

    private static void Run(float* w, int count, float** x, float** y, int tokens)
    {
        switch (tokens)
        {
            case 6: ColumnTiles<TLanes, TVector>.Run<ITileRows.Six>(w, count, x, y); break;
            case 5: ColumnTiles<TLanes, TVector>.Run<ITileRows.Five>(w, count, x, y); break;
            case 4: ColumnTiles<TLanes, TVector>.Run<ITileRows.Four>(w, count, x, y); break;
            case 3: ColumnTiles<TLanes, TVector>.Run<ITileRows.Three>(w, count, x, y); break;
            case 2: ColumnTiles<TLanes, TVector>.Run<ITileRows.Two>(w, count, x, y); break;
            default: ColumnTiles<TLanes, TVector>.Run<ITileRows.One>(w, count, x, y); break;
        }
    }

    /// <summary>Outputs n, n + 1 ... of a stored row: neighbours, or every other element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load(in WeightMatrix w, byte* row, int n)
    {
        var at = row + n * w.RowStride;
        if (w.RowStride == TFormat.Size) return TFormat.Load<TLanes, TVector>(at);
        // A pair belongs to the row as a whole: its other half may lie before this matrix.
        return w.FirstStored % 2 == 0 ? TFormat.LoadEven<TLanes, TVector>(at) : TFormat.LoadOdd<TLanes, TVector>(at - TFormat.Size);
    }

    /// <summary>The last outputs of a row, fewer than a vector, and zeros.</summary>
    private static void LoadRest(in WeightMatrix w, byte* row, int n, int count, float* to)
    {
        for (var i = 0; i < TLanes.Width; i++) to[i] = i < count ? TFormat.Read(row + (n + i) * w.RowStride) : 0;
    }
}

/// <summary>Sizes that no vector width changes.</summary>
internal static class ColumnProducts
{
    public const int BlockInputs = 64;

    public const int BlockOutputs = 512;

    public const long Scratch = BlockInputs * BlockOutputs;
}
