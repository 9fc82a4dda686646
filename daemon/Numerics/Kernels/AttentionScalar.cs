namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="AttentionBlocks{TLanes,TVector}"/>: sums in double.</summary>
public static unsafe class AttentionScalar
{
    /// <param name="a">What is attended.</param>
    /// <param name="scores">Scratch <c>[a.MostKeys]</c>.</param>
    public static void Run(in Attention a, Span<double> scores)
    {
        for (var t = 0; t < a.Tokens; t++)
        {
            for (var h = 0; h < a.Heads; h++) RunHead(a, t, h, scores);
        }
    }

    private static void RunHead(in Attention a, int token, int head, Span<double> scores)
    {
        var group = head / a.Sharing;
        var (first, last) = (a.FirstKey(token), a.LastKey(token));
        var (near, far) = (last - first + 1, a.FarCount(token));
        var q = a.Queries + ((nint)token * a.Heads + head) * a.KeySize;
        var bias = a.Bias == null ? null : a.BiasOf(token, head) + first;
        double sink = a.Sinks == null ? double.NegativeInfinity : a.Sinks[head];
        float* keys = a.KeysOf(group) + (nint)first * a.KeySize, values = a.ValuesOf(group) + (nint)first * a.ValueSize;
        float* farKeys = a.FarKeysOf(group), farValues = a.FarValuesOf(group);
        var rows = a.FarRows(token);
        var max = sink;
        for (var j = 0; j < near + far; j++)
        {
            var key = Row(j, keys, farKeys, a.KeySize);
            var dot = 0.0;
            for (var c = 0; c < a.KeySize; c++) dot += (double)q[c] * key[c];
            scores[j] = dot * a.Scale + (bias == null ? 0 : bias[j]);
            max = Math.Max(max, scores[j]);
        }
        var sum = Math.Exp(sink - max);
        for (var j = 0; j < near + far; j++) sum += scores[j] = Math.Exp(scores[j] - max);
        var y = a.Y + ((nint)token * a.Heads + head) * a.ValueSize;
        for (var c = 0; c < a.ValueSize; c++)
        {
            var weighted = 0.0;
            for (var j = 0; j < near + far; j++) weighted += scores[j] * Row(j, values, farValues, a.ValueSize)[c];
            y[c] = (float)(weighted / sum);
        }

        float* Row(int j, float* near0, float* far0, int size) =>
            j < near ? near0 + (nint)j * size : far0 + (nint)(rows == null ? j - near : rows[j - near]) * size;
    }
}
