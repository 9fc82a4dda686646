using System.Runtime.Intrinsics;
using MoeDevtools.Numerics;

namespace MoeDevtools.Models.Sampling;

/// <summary>
/// Draws next tokens. The processors and their order are those of transformers' <c>generate</c>: repetition penalty over the ids so far, temperature, top-k,
/// top-p, min-p, softmax. Not thread safe; keeps its scratch.
/// </summary>
public sealed class Sampler(SamplingParameters parameters, long seed)
{
    private float[] _scores = [];
    private float[] _probabilities = [];
    private int[] _order = [];

    public SeededRandom Random { get; } = new(seed);

    /// <summary>The next token. <paramref name="logits"/> <c>[vocabulary]</c> are left as they are.</summary>
    /// <param name="idsSoFar">Prompt and generated ids, for the repetition penalty.</param>
    public int Next(ReadOnlySpan<float> logits, ReadOnlySpan<int> idsSoFar)
    {
        if (parameters.IsGreedy) return ArgMax(Penalised(logits, idsSoFar));
        var p = Probabilities(logits, idsSoFar);
        var left = Random.NextDouble();
        var last = 0;
        for (var i = 0; i < p.Length; i++)
        {
            if (p[i] <= 0) continue;
            last = i;
            left -= p[i];
            if (left < 0) break;
        }
        return last;
    }

    /// <summary>The distribution that <see cref="Next"/> draws from; valid until the next call. Filtered tokens have probability 0.</summary>
    public ReadOnlySpan<float> Probabilities(ReadOnlySpan<float> logits, ReadOnlySpan<int> idsSoFar)
    {
        var scores = Penalised(logits, idsSoFar);
        if (!parameters.IsGreedy && parameters.Temperature != 1)
            foreach (ref var s in scores) s = (float)(s / parameters.Temperature);
        if (parameters.TopK > 0 && parameters.TopK < scores.Length) KeepTopK(scores);
        if (parameters.TopP < 1) KeepTopP(scores);
        if (parameters.MinP > 0) KeepMinP(scores);
        Formulas.Softmax(scores, _probabilities.AsSpan(0, scores.Length));
        return _probabilities.AsSpan(0, scores.Length);
    }

    private Span<float> Penalised(ReadOnlySpan<float> logits, ReadOnlySpan<int> idsSoFar)
    {
        if (_scores.Length < logits.Length)
            (_scores, _probabilities, _order) = (new float[logits.Length], new float[logits.Length], new int[logits.Length]);
        var scores = _scores.AsSpan(0, logits.Length);
        logits.CopyTo(scores);
        if (parameters.RepetitionPenalty == 1) return scores;
        var penalty = (float)parameters.RepetitionPenalty;
        foreach (var id in idsSoFar)
            scores[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;   // from the logits: an id that occurs twice is penalised once
        return scores;
    }

    /// <summary>Everything below the k-th best value goes; values equal to it stay.</summary>
    private void KeepTopK(Span<float> scores)
    {
        var sorted = _probabilities.AsSpan(0, scores.Length);
        scores.CopyTo(sorted);
        sorted.Sort();
        var kth = sorted[^parameters.TopK];
        foreach (ref var s in scores)
            if (s < kth) s = float.NegativeInfinity;
    }

    /// <summary>From the smallest up, tokens go while their probabilities sum to at most 1 − p; the best stays. Among equals the lower index goes first.</summary>
    private void KeepTopP(Span<float> scores)
    {
        var p = _probabilities.AsSpan(0, scores.Length);
        Formulas.Softmax(scores, p);
        var order = SortedAscending(scores);
        var sum = 0.0;
        for (var i = 0; i < order.Length - 1; i++)
        {
            sum += p[order[i]];
            if ((float)sum > (float)(1 - parameters.TopP)) break;
            scores[order[i]] = float.NegativeInfinity;
        }
    }

    private void KeepMinP(Span<float> scores)
    {
        var p = _probabilities.AsSpan(0, scores.Length);
        Formulas.Softmax(scores, p);
        var best = ArgMax(scores);
        var least = (float)(parameters.MinP * p[best]);
        for (var i = 0; i < scores.Length; i++)
            if (p[i] < least && i != best) scores[i] = float.NegativeInfinity;
    }

    private Span<int> SortedAscending(ReadOnlySpan<float> scores)
    {
        var order = _order.AsSpan(0, scores.Length);
        for (var i = 0; i < order.Length; i++) order[i] = i;
        var keys = _scores;                                    // indexed by the comparison below; same contents as scores
        order.Sort((a, b) => keys[a] != keys[b] ? keys[a].CompareTo(keys[b]) : a.CompareTo(b));
        return order;
    }

    /// <summary>The first of the largest; NaN is larger than every number, as in torch.</summary>
    private static int ArgMax(ReadOnlySpan<float> values)
    {
        var max = Formulas.Max(values);
        var i = 0;
        if (!float.IsNaN(max))
            while (i <= values.Length - Vector256<float>.Count && !Vector256.EqualsAny(Vector256.Create(values[i..]), Vector256.Create(max))) i += Vector256<float>.Count;
        return i + values[i..].IndexOf(max);
    }
}
