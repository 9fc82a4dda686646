using System.Runtime.Intrinsics;

namespace MoeDevtools.Numerics;

/// <summary>Formulas on one row, shared by routers, conditions and metrics. Sums are made in double.</summary>
public static class Formulas
{
    /// <summary>softmax(z). Output may be the input. Any NaN makes the whole row NaN, as in torch.</summary>
    public static void Softmax(ReadOnlySpan<float> z, Span<float> p)
    {
        var max = Max(z);
        var sum = 0.0;
        for (var i = 0; i < z.Length; i++)
        {
            var e = MathF.Exp(z[i] - max);
            p[i] = e;
            sum += e;
        }
        var factor = 1 / sum;
        for (var i = 0; i < z.Length; i++) p[i] = (float)(p[i] * factor);
    }

    /// <summary>σ(z) = 1 / (1 + e^−z). Output may be the input.</summary>
    public static void Sigmoid(ReadOnlySpan<float> z, Span<float> p)
    {
        for (var i = 0; i < z.Length; i++) p[i] = (float)(1 / (1 + Math.Exp(-z[i])));
    }

    /// <summary>√ln(1 + e^z). Output may be the input.</summary>
    public static void SqrtSoftplus(ReadOnlySpan<float> z, Span<float> p)
    {
        // Far below 0 the 1 would swallow e^z, and ln(1 + x) is x there.
        for (var i = 0; i < z.Length; i++) p[i] = (float)Math.Sqrt(z[i] > 20 ? z[i] : z[i] < -20 ? Math.Exp(z[i]) : Math.Log(1 + Math.Exp(z[i])));
    }

    /// <summary>
    /// Indices of the <paramref name="best"/>.Length largest values, largest first; among equals the lower index first. NaN counts as larger than
    /// every number (torch.topk). −∞ is never chosen: a place that finds nothing else holds -1.
    /// </summary>
    public static void TopK(ReadOnlySpan<float> values, Span<int> best)
    {
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var x = values[i];
            if (float.IsNegativeInfinity(x) || (count == best.Length && !Larger(x, values[best[count - 1]]))) continue;
            var j = count < best.Length ? count++ : count - 1;
            while (j > 0 && Larger(x, values[best[j - 1]]))
            {
                best[j] = best[j - 1];
                j--;
            }
            best[j] = i;
        }
        best[count..].Fill(-1);
    }

    /// <summary>
    /// a(k) − a(k+1): how nearly the value k + 1 was among the k largest. NaN where it is undefined: no value k + 1, a NaN, or one of the two not finite.
    /// </summary>
    public static double Margin(ReadOnlySpan<float> values, int k)
    {
        if (k < 1 || k >= values.Length) return double.NaN;
        // Insertion into the k + 1 best: k is small, and most values fail the first comparison.
        Span<float> best = stackalloc float[k + 1];
        best.Fill(float.NegativeInfinity);
        foreach (var a in values)
        {
            if (float.IsNaN(a)) return double.NaN;
            var j = k;
            if (!(a > best[j])) continue;
            for (; j > 0 && a > best[j - 1]; j--) best[j] = best[j - 1];
            best[j] = a;
        }
        return float.IsFinite(best[k]) && float.IsFinite(best[k - 1]) ? (double)best[k - 1] - best[k] : double.NaN;
    }

    /// <summary>
    /// −Σ p ln p / ln N with p = s / Σ s: the score entropy of a router, 0 to 1, for every non-negative score. NaN where it is undefined
    /// (no positive score, or a score that is not finite); 0 for a single expert.
    /// </summary>
    public static double NormalisedEntropy(ReadOnlySpan<float> scores)
    {
        double sum = 0, weighted = 0;
        foreach (var s in scores)
        {
            sum += s;
            if (s > 0) weighted += s * Math.Log(s);
        }
        if (!(sum > 0) || !double.IsFinite(sum)) return double.NaN;
        if (scores.Length == 1) return 0;
        return Math.Max(0, (Math.Log(sum) - weighted / sum) / Math.Log(scores.Length));
    }

    /// <summary>The largest value; NaN if any is, −∞ if there is none.</summary>
    public static float Max(ReadOnlySpan<float> z)
    {
        var max = float.NegativeInfinity;
        var i = 0;
        if (Vector256.IsHardwareAccelerated)    // a vocabulary is long, and every generated token asks for this
        {
            var (a, b) = (Vector256.Create(max), Vector256.Create(max));
            for (; i <= z.Length - 2 * Vector256<float>.Count; i += 2 * Vector256<float>.Count)
            {
                a = Vector256.Max(a, Vector256.Create(z[i..]));
                b = Vector256.Max(b, Vector256.Create(z[(i + Vector256<float>.Count)..]));
            }
            a = Vector256.Max(a, b);
            for (var lane = 0; lane < Vector256<float>.Count; lane++) max = MathF.Max(max, a[lane]);
        }
        for (; i < z.Length; i++) max = MathF.Max(max, z[i]);
        return max;
    }

    /// <summary>ln Σ e^z.</summary>
    public static double LogSumExp(ReadOnlySpan<float> z)
    {
        double max = Max(z);
        if (double.IsInfinity(max) || double.IsNaN(max)) return max;
        var sum = 0.0;
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var (sums, shift) = (Vector512<double>.Zero, Vector512.Create(max));
            for (; i <= z.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var (low, high) = Vector512.Widen(Vector512.Create(z[i..]));
                sums += Vector512.Exp(low - shift) + Vector512.Exp(high - shift);
            }
            sum = Vector512.Sum(sums);
        }
        for (; i < z.Length; i++) sum += Math.Exp(z[i] - max);
        return max + Math.Log(sum);
    }

    private static bool Larger(float a, float b) => a > b || (float.IsNaN(a) && !float.IsNaN(b));
}
