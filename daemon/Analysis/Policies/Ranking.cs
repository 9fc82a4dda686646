using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Analysis.Policies;

/// <summary>Choices that several policies share.</summary>
internal static class Ranking
{
    /// <summary>The model's own choice: the best k by selection score; returns how many there are.</summary>
    public static int Own(RouterRule rule, ReadOnlySpan<float> selection, Span<int> selected) => Best(selection, selected[..rule.K]);

    /// <summary>The best by <paramref name="values"/>, best first; returns how many there are.</summary>
    public static int Best(ReadOnlySpan<float> values, Span<int> selected)
    {
        RouterRules.TopK(values, selected);
        var none = selected.IndexOf(-1);
        return none < 0 ? selected.Length : none;
    }

    /// <summary>The best by score of those that the selection admits (not masked, in a kept group), best first; returns how many there are.</summary>
    public static int BestByScore(ReadOnlySpan<float> scores, ReadOnlySpan<float> selection, Span<int> selected)
    {
        Span<float> admitted = stackalloc float[scores.Length];
        for (var e = 0; e < scores.Length; e++) admitted[e] = float.IsNegativeInfinity(selection[e]) ? float.NegativeInfinity : scores[e];
        return Best(admitted, selected);
    }

    /// <summary>Keeps, of <paramref name="selected"/>, the expert of the largest score and all whose score is at least <paramref name="least"/>; returns how many stay.</summary>
    public static int KeepAtLeast(double least, ReadOnlySpan<float> scores, Span<int> selected)
    {
        var best = Largest(scores, selected);
        var count = 0;
        foreach (var e in selected)
            if (scores[e] >= least || scores[e] == best) selected[count++] = e;
        return count > 0 ? count : Math.Min(1, selected.Length);     // all scores NaN: the first stands for the best
    }

    /// <summary>The largest score of the experts in <paramref name="selected"/>; −∞ for none.</summary>
    public static float Largest(ReadOnlySpan<float> scores, ReadOnlySpan<int> selected)
    {
        var best = float.NegativeInfinity;
        foreach (var e in selected) best = Math.Max(best, scores[e]);
        return best;
    }
}
