using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// An <see cref="Attention"/> cut into items that run on their own: a block of rows (query, head) that read the same key/value head. The
/// scores of a block are one <see cref="Product"/> with the keys as weights, and one for each token's far keys; memory is a block times the
/// keys that a query sees. A row's values do not depend on the block that it is in.
/// </summary>
[SkipLocalsInit]
internal static unsafe class AttentionBlocks<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Two product tiles.</summary>
    private const int BlockRows = 12;

    /// <summary>Floats of scratch memory that one item needs.</summary>
    public static long Scratch(in Attention a) => BlockRows * ((long)ScoreStride(a) + BlockOrder.Padded(a.KeySize));

    public static int Items(in Attention a) => a.KeyValueHeads * BlocksOf(a);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Attention a, int item, float* scratch)
    {
        var (group, block) = Math.DivRem(item, BlocksOf(a));
        var start = block * BlockRows;
        var rows = Math.Min(BlockRows, a.Tokens * a.Sharing - start);
        var keyWidth = BlockOrder.Padded(a.KeySize);
        var stride = ScoreStride(a);
        float* queries = scratch, scores = scratch + BlockRows * keyWidth;
        for (var r = 0; r < rows; r++)
            BlockOrder.Arrange(a.Queries + Row(a, group, start + r) * a.KeySize, a.KeySize, splitPairs: false, queries + r * keyWidth);

        var (firstKey, lastKey) = (a.FirstKey(start / a.Sharing), a.LastKey((start + rows - 1) / a.Sharing));
        Products<TLanes, TVector, F32Weights>.Run(new Product
        {
            X = queries,
            XStride = keyWidth,
            Tokens = rows,
            W = Keys(a.KeysOf(group), a.KeySize),
            First = firstKey,
            Last = lastKey + 1,
            Y = scores,
            YStride = stride,
        });
        if (a.FarKeys != null) FarScores(a, group, start, rows, queries, scores);

        float* values = a.ValuesOf(group), farValues = a.FarValuesOf(group);
        for (var r = 0; r < rows; r++)
        {
            var (token, head) = Math.DivRem(start + r, a.Sharing);
            head += group * a.Sharing;
            var (first, near, far) = (a.FirstKey(token), a.LastKey(token) - a.FirstKey(token) + 1, a.FarCount(token));
            var bias = a.Bias == null ? null : a.BiasOf(token, head) + first;
            var sink = a.Sinks == null ? float.NegativeInfinity : a.Sinks[head];
            var p = scores + (nint)r * stride + first;
            var sum = Softmax(p, near + far, a.Scale, bias, sink);
            var y = a.Y + Row(a, group, start + r) * a.ValueSize;
            new Span<float>(y, a.ValueSize).Clear();
            AddWeighted(p, values + (nint)first * a.ValueSize, null, near, y, a.ValueSize);
            AddWeighted(p + near, farValues, a.FarRows(token), far, y, a.ValueSize);
            Elementwise<TLanes, TVector>.Scale(y, 1 / sum, a.ValueSize);
        }
    }

    /// <summary>The scores of each token's far keys, behind those of its near ones.</summary>
    private static void FarScores(in Attention a, int group, int start, int rows, float* queries, float* scores)
    {
        var (stride, keyWidth) = (ScoreStride(a), BlockOrder.Padded(a.KeySize));
        for (int r = 0, taken; r < rows; r += taken)
        {
            var (token, head) = Math.DivRem(start + r, a.Sharing);
            taken = Math.Min(a.Sharing - head, rows - r);
            Products<TLanes, TVector, F32Weights>.Run(new Product
            {
                X = queries + r * keyWidth,
                XStride = keyWidth,
                Tokens = taken,
                W = Keys(a.FarKeysOf(group), a.KeySize),
                WRows = a.FarRows(token),
                Last = a.FarCount(token),
                Y = scores + (nint)r * stride + a.LastKey(token) + 1,
                YStride = stride,
            });
        }
    }

    private static WeightMatrix Keys(float* keys, int size) => new()
    {
        Data = (byte*)keys,
        Format = WeightFormat.F32,
        Columns = size,
        RowStride = (nint)size * sizeof(float),
        ColumnStride = sizeof(float),
    };

    private static int BlocksOf(in Attention a) => (a.Tokens * a.Sharing + BlockRows - 1) / BlockRows;

    private static int ScoreStride(in Attention a) => (a.MostKeys + 15) / 16 * 16;

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

    /// <summary>y += Σ p[j] v[rows[j]], or v[j] without rows, added up in this order; v <c>[.., size]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWeighted(float* p, float* v, int* rows, int count, float* y, int size)
    {
        nint stride = size;
        var c = 0;
        for (; c <= size - 4 * TLanes.Width; c += 4 * TLanes.Width)
        {
            TVector a0 = TLanes.Load(y + c), a1 = TLanes.Load(y + c + TLanes.Width), a2 = TLanes.Load(y + c + 2 * TLanes.Width), a3 = TLanes.Load(y + c + 3 * TLanes.Width);
            for (var j = 0; j < count; j++)
            {
                var from = v + (rows == null ? j : rows[j]) * stride + c;
                var weight = TLanes.All(p[j]);
                a0 = TLanes.MultiplyAdd(weight, TLanes.Load(from), a0);
                a1 = TLanes.MultiplyAdd(weight, TLanes.Load(from + TLanes.Width), a1);
                a2 = TLanes.MultiplyAdd(weight, TLanes.Load(from + 2 * TLanes.Width), a2);
                a3 = TLanes.MultiplyAdd(weight, TLanes.Load(from + 3 * TLanes.Width), a3);
            }
            TLanes.Store(a0, y + c);
            TLanes.Store(a1, y + c + TLanes.Width);
            TLanes.Store(a2, y + c + 2 * TLanes.Width);
            TLanes.Store(a3, y + c + 3 * TLanes.Width);
        }
        for (; c <= size - TLanes.Width; c += TLanes.Width)
        {
            var sum = TLanes.Load(y + c);
            for (var j = 0; j < count; j++) sum = TLanes.MultiplyAdd(TLanes.All(p[j]), TLanes.Load(v + (rows == null ? j : rows[j]) * stride + c), sum);
            TLanes.Store(sum, y + c);
        }
        for (; c < size; c++)
            for (var j = 0; j < count; j++) y[c] += p[j] * v[(rows == null ? j : rows[j]) * stride + c];
    }
}
