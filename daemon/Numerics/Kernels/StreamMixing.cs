namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// The weights of hyper-connections (arXiv 2409.19606, 2512.24880) between S residual streams and a block: how it reads them (a), how each takes what it writes (b), and how they mix (c,
/// S × S, made doubly stochastic).
/// </summary>
public static class StreamMixing
{
    /// <summary>
    /// In place: a → σ(a) + ε, b → 2 σ(b), c → softmax of each row + ε, then columns and rows divided by their sums + ε in turn. Each is scaled and moved first.
    /// </summary>
    /// <param name="weights">a <c>[S]</c>, b <c>[S]</c>, c <c>[S, S]</c>; or a alone.</param>
    /// <param name="move">Added <c>[weights.Length]</c>.</param>
    /// <param name="scale">Of a, b and c <c>[3]</c>; or of a alone.</param>
    /// <param name="iterations">Of the division by columns.</param>
    public static void Weights(Span<float> weights, ReadOnlySpan<float> move, ReadOnlySpan<float> scale, int streams, int iterations, float epsilon)
    {
        for (var i = 0; i < weights.Length; i++)
        {
            var part = Math.Min(2, i / streams);
            var z = (double)weights[i] * scale[part] + move[i];
            weights[i] = (float)(part == 2 ? z : part == 1 ? 2 / (1 + Math.Exp(-z)) : 1 / (1 + Math.Exp(-z)) + epsilon);
        }
        if (weights.Length == streams) return;
        var mix = weights[(2 * streams)..];
        for (var j = 0; j < streams; j++)
        {
            var row = mix.Slice(j * streams, streams);
            Formulas.Softmax(row, row);
            foreach (ref var m in row) m += epsilon;
        }
        for (var i = 0; i < iterations; i++)
        {
            if (i > 0) Divide(mix, streams, 1, streams, epsilon);
            Divide(mix, 1, streams, streams, epsilon);
        }
    }

    /// <summary>Divides every line by its sum + ε: lines start <paramref name="across"/> apart, and their elements lie <paramref name="along"/> apart.</summary>
    private static void Divide(Span<float> mix, int across, int along, int streams, float epsilon)
    {
        for (var line = 0; line < streams; line++)
        {
            double sum = epsilon;
            for (var i = 0; i < streams; i++) sum += mix[line * across + i * along];
            for (var i = 0; i < streams; i++) mix[line * across + i * along] = (float)(mix[line * across + i * along] / sum);
        }
    }
}
