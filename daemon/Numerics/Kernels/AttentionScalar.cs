namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="AttentionBlocks{TLanes,TVector}"/>: sums in double.</summary>
public static unsafe class AttentionScalar
{
    /// <param name="a">What is attended.</param>
    /// <param name="scores">Scratch <c>[a.Length]</c>.</param>
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
        var q = a.Queries + ((nint)token * a.Heads + head) * a.KeySize;
        var bias = a.Bias == null ? null : a.BiasOf(token, head);
        double sink = a.Sinks == null ? double.NegativeInfinity : a.Sinks[head];
        var max = sink;
        for (var j = first; j <= last; j++)
        {
            var key = a.KeysOf(group) + (nint)j * a.KeySize;
            var dot = 0.0;
            for (var c = 0; c < a.KeySize; c++) dot += (double)q[c] * key[c];
            scores[j] = dot * a.Scale + (bias == null ? 0 : bias[j]);
            max = Math.Max(max, scores[j]);
        }
        var sum = Math.Exp(sink - max);
        for (var j = first; j <= last; j++) sum += scores[j] = Math.Exp(scores[j] - max);
        var values = a.ValuesOf(group);
        var y = a.Y + ((nint)token * a.Heads + head) * a.ValueSize;
        for (var c = 0; c < a.ValueSize; c++)
        {
            var weighted = 0.0;
            for (var j = first; j <= last; j++) weighted += scores[j] * values[(nint)j * a.ValueSize + c];
            y[c] = (float)(weighted / sum);
        }
    }
}
