using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// A <see cref="Product"/> whose weights are stored the other way round, <c>[in, out]</c>: a vector holds neighbouring outputs, and an output is one chain of multiply-adds along k.
/// An element's value depends neither on Tokens nor on the range First..Last.
/// </summary>
[SkipLocalsInit]
internal static unsafe class ColumnProducts<TLanes, TVector, TFormat>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TFormat : struct, IElementFormat
{
    // Rows of stored weights that a token walks at once: as many streams, far apart.
    private const int Streams = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Product p)
    {
        for (var t = 0; t < p.Tokens; t++)
        {
            var y = p.Y + t * p.YStride;
            new Span<float>(y + p.First, p.Last - p.First).Clear();
            var x = p.XRow(t);
            for (var k = 0; k < p.W.Columns; k += Streams) Add(p, x, k, Math.Min(Streams, p.W.Columns - k), y);
            if (p.Bias != null)
                for (var n = p.First; n < p.Last; n++) y[n] += p.Bias[n];
        }
    }

    /// <summary>y[n] += Σ x[k] · w[n, k] for a few k, in their order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(in Product p, float* x, int first, int count, float* y)
    {
        var from = p.W.Data + first * p.W.ColumnStride;
        var n = p.First;
        for (; n <= p.Last - TLanes.Width; n += TLanes.Width)
        {
            var sums = TLanes.Load(y + n);
            for (var k = 0; k < count; k++)
                sums = TLanes.MultiplyAdd(Load(p.W, from + k * p.W.ColumnStride, n), TLanes.All(x[first + k]), sums);
            TLanes.Store(sums, y + n);
        }
        if (n == p.Last) return;
        var rest = stackalloc float[16];
        new Span<float>(rest, 16).Clear();
        new Span<float>(y + n, p.Last - n).CopyTo(new Span<float>(rest, 16));
        var tail = TLanes.Load(rest);
        for (var k = 0; k < count; k++)
        {
            for (var i = 0; i < p.Last - n; i++) rest[i] = TFormat.Read(from + k * p.W.ColumnStride + (n + i) * p.W.RowStride);
            tail = TLanes.MultiplyAdd(TLanes.Load(rest), TLanes.All(x[first + k]), tail);
        }
        TLanes.Store(tail, rest);
        new Span<float>(rest, p.Last - n).CopyTo(new Span<float>(y + n, p.Last - n));
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
}
