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

    /// <summary>The best by score of those that the selection admits (not masked, in a kept group), best first; returns how many there
    /// are.</summary>
    public static int BestByScore(ReadOnlySpan<float> scores, ReadOnlySpan<float> selection, Span<int> selected)
    {
        Span<float> admitted = stackalloc float[scores.Length];
        for (var e = 0; e < scores.Length; e++) admitted[e] = float.IsNegativeInfinity(selection[e]) ? float.NegativeInfinity : scores[e];
        return Best(admitted, selected);
    }

    /// <summary>Drops, of <paramref name="selected"/>, the experts whose score is below <paramref name="least"/>; returns how many stay.
    /// NaN drops nothing.</summary>
    public static int DropBelow(double least, ReadOnlySpan<float> scores, Span<int> selected)
    {
        var count = 0;
        foreach (var e in selected)
            if (!(scores[e] < least)) selected[count++] = e;
        return count;
    }
}
