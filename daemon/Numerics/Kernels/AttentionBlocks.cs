using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// An <see cref="Attention"/> cut into items that run on their own: a block of rows (query, head) that read the same key/value head. The
/// scores of a block are one <see cref="Product"/> with the keys as weights; memory is a block times the length. A row's values do not
/// depend on the block that it is in.
/// </summary>
[SkipLocalsInit]
internal static unsafe class AttentionBlocks<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Two product tiles.</summary>
    private const int BlockRows = 12;

    /// <summary>Floats of scratch memory that one item needs.</summary>
    public static long Scratch(in Attention a) => BlockRows * ((long)ScoreStride(a.Length) + BlockOrder.Padded(a.KeySize));

    public static int Items(in Attention a) => a.KeyValueHeads * BlocksOf(a);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Attention a, int item, float* scratch)
    {
        var (group, block) = Math.DivRem(item, BlocksOf(a));
        var start = block * BlockRows;
        var rows = Math.Min(BlockRows, a.Tokens * a.Sharing - start);
        var keyWidth = BlockOrder.Padded(a.KeySize);
        var stride = ScoreStride(a.Length);
        float* queries = scratch, scores = scratch + BlockRows * keyWidth;
        for (var r = 0; r < rows; r++)
            BlockOrder.Arrange(a.Queries + Row(a, group, start + r) * a.KeySize, a.KeySize, splitPairs: false, queries + r * keyWidth);

        var (firstKey, lastKey) = (a.FirstKey(start / a.Sharing), a.LastKey((start + rows - 1) / a.Sharing));
        Products<TLanes, TVector, F32Weights>.Run(new Product
        {
            X = queries,
            XStride = keyWidth,
            Tokens = rows,
            W = new WeightMatrix
            {
                Data = (byte*)a.KeysOf(group),
                Format = WeightFormat.F32,
                Columns = a.KeySize,
                RowStride = (nint)a.KeySize * sizeof(float),
                ColumnStride = sizeof(float),
            },
            First = firstKey,
            Last = lastKey + 1,
            Y = scores,
            YStride = stride,
        });

        var values = a.ValuesOf(group);
        for (var r = 0; r < rows; r++)
        {
            var (token, head) = Math.DivRem(start + r, a.Sharing);
            head += group * a.Sharing;
            var (first, last) = (a.FirstKey(token), a.LastKey(token));
            var bias = a.Bias == null ? null : a.BiasOf(token, head) + first;
            var sink = a.Sinks == null ? float.NegativeInfinity : a.Sinks[head];
            var sum = Softmax(scores + (nint)r * stride + first, last - first + 1, a.Scale, bias, sink);
            var y = a.Y + Row(a, group, start + r) * a.ValueSize;
            WeightedSum(scores + (nint)r * stride, values, first, last, 1 / sum, y, a.ValueSize);
        }
    }

    private static int BlocksOf(in Attention a) => (a.Tokens * a.Sharing + BlockRows - 1) / BlockRows;

    private static int ScoreStride(int length) => (length + 15) / 16 * 16;

    /// <summary>Index of (query, head) among all, from its place among those that share key/value head <paramref name="group"/>.</summary>
    private static nint Row(in Attention a, int group, int row)
    {
        var (token, head) = Math.DivRem(row, a.Sharing);
        return (nint)token * a.Heads + group * a.Sharing + head;
    }

    /// <summary>
    /// p = e^(s − max) with s = scale · p + bias, in place; returns their sum and that of the sink, which takes part in the maximum. No bias = null, no sink = −∞.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Softmax(float* p, int count, float scale, float* bias, float sink)
    {
        var rest = stackalloc float[16];
        var whole = count / TLanes.Width * TLanes.Width;
        var factors = TLanes.All(scale);
        var max = sink;
        if (whole > 0)
        {
            var maxima = TLanes.All(sink);
            for (var i = 0; i < whole; i += TLanes.Width)
            {
                var x = TLanes.Multiply(TLanes.Load(p + i), factors);
                if (bias != null) x = TLanes.Add(x, TLanes.Load(bias + i));
                TLanes.Store(x, p + i);
                maxima = TLanes.Max(maxima, x);
            }
            max = TLanes.MaxOf(maxima);
        }
        for (var i = whole; i < count; i++) max = MathF.Max(max, p[i] = p[i] * scale + (bias == null ? 0 : bias[i]));

        var all = TLanes.All(max);
        TVector sums = default;
        for (var i = 0; i < whole; i += TLanes.Width)
        {
            var e = VectorMath<TLanes, TVector>.Exp(TLanes.Subtract(TLanes.Load(p + i), all));
            TLanes.Store(e, p + i);
            sums = TLanes.Add(sums, e);
        }
        if (whole < count)
        {
            new Span<float>(rest, 16).Fill(float.NegativeInfinity);
            for (var i = whole; i < count; i++) rest[i - whole] = p[i] - max;
            var e = VectorMath<TLanes, TVector>.Exp(TLanes.Load(rest));
            TLanes.Store(e, rest);
            for (var i = whole; i < count; i++) p[i] = rest[i - whole];
            sums = TLanes.Add(sums, e);
        }
        return TLanes.Sum(sums) + MathF.Exp(sink - max);
    }

    /// <summary>y = factor · Σ p[j] v[j] for j from first to last, added up in this order; v <c>[.., count]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightedSum(float* p, float* v, int first, int last, float factor, float* y, int count)
    {
        nint stride = count;
        var factors = TLanes.All(factor);
        var c = 0;
        for (; c <= count - 4 * TLanes.Width; c += 4 * TLanes.Width)
        {
            TVector a0 = default, a1 = default, a2 = default, a3 = default;
            var from = v + c + first * stride;
            for (var j = first; j <= last; j++, from += stride)
            {
                var weight = TLanes.All(p[j]);
                a0 = TLanes.MultiplyAdd(weight, TLanes.Load(from), a0);
                a1 = TLanes.MultiplyAdd(weight, TLanes.Load(from + TLanes.Width), a1);
                a2 = TLanes.MultiplyAdd(weight, TLanes.Load(from + 2 * TLanes.Width), a2);
                a3 = TLanes.MultiplyAdd(weight, TLanes.Load(from + 3 * TLanes.Width), a3);
            }
            TLanes.Store(TLanes.Multiply(a0, factors), y + c);
            TLanes.Store(TLanes.Multiply(a1, factors), y + c + TLanes.Width);
            TLanes.Store(TLanes.Multiply(a2, factors), y + c + 2 * TLanes.Width);
            TLanes.Store(TLanes.Multiply(a3, factors), y + c + 3 * TLanes.Width);
        }
        for (; c <= count - TLanes.Width; c += TLanes.Width)
        {
            TVector a0 = default;
            var from = v + c + first * stride;
            for (var j = first; j <= last; j++, from += stride) a0 = TLanes.MultiplyAdd(TLanes.All(p[j]), TLanes.Load(from), a0);
            TLanes.Store(TLanes.Multiply(a0, factors), y + c);
        }
        for (; c < count; c++)
        {
            var sum = 0f;
            for (var j = first; j <= last; j++) sum += p[j] * v[c + j * stride];
            y[c] = sum * factor;
        }
    }
}
