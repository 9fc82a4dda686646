namespace MoeDevtools.Routing.Rules;

/// <summary>
/// The pure functions of a <see cref="RouterRule"/>, each for one row. Scores and weights are made in float32 with double sums. The same functions run live,
/// after an intervention and over a trace, so that a decision can always be made again.
/// </summary>
public static class RouterRules
{
    /// <summary>s of z. <paramref name="scores"/> may be <paramref name="logits"/>. <c>[experts]</c> both.</summary>
    public static void Scores(RouterRule rule, ReadOnlySpan<float> logits, Span<float> scores)
    {
        switch (rule.Scores)
        {
            case ScoreFunction.Softmax: Numerics.Formulas.Softmax(logits, scores); break;
            case ScoreFunction.Sigmoid: Numerics.Formulas.Sigmoid(logits, scores); break;
            default: Numerics.Formulas.SqrtSoftplus(logits, scores); break;
        }
    }

    /// <summary>
    /// a, what top-k ranks: scores or logits + correction bias, then the fill outside the kept groups. An expert that is −∞ in
    /// <paramref name="penalty"/> <c>[experts]</c> (added before groups are chosen; empty = none) is out, for its group too.
    /// </summary>
    public static void Selection(
        RouterRule rule, ReadOnlySpan<float> logits, ReadOnlySpan<float> scores, ReadOnlySpan<float> penalty, Span<float> selection)
    {
        (rule.Ranks == RankedValues.Logits ? logits : scores).CopyTo(selection);
        if (rule.Bias is { } bias)
            for (var e = 0; e < selection.Length; e++) selection[e] += bias[e];
        for (var e = 0; e < penalty.Length; e++)
            selection[e] = float.IsNegativeInfinity(penalty[e]) ? float.NegativeInfinity : selection[e] + penalty[e];   // out, even where the score is NaN
        if (rule.Groups > 1) KeepBestGroups(rule, selection);
    }

    /// <summary>
    /// The <paramref name="selected"/>.Length best experts by <paramref name="selection"/>, best first; among equals the lower index. NaN ranks
    /// highest, as in torch. An expert at −∞ is never chosen: a slot that finds no other stays empty (-1).
    /// </summary>
    public static void TopK(ReadOnlySpan<float> selection, Span<int> selected) => Numerics.Formulas.TopK(selection, selected);

    /// <summary>
    /// w of the chosen experts by the rule's function, normalised and scaled. Empty slots get 0.
    /// <paramref name="selected"/> and <paramref name="weights"/> are <c>[slots]</c>, in the order of the choice.
    /// </summary>
    public static void Weights(RouterRule rule, ReadOnlySpan<float> logits, ReadOnlySpan<float> scores, ReadOnlySpan<int> selected, Span<float> weights)
    {
        switch (rule.Weights)
        {
            case WeightFunction.SoftmaxOfChosen: SoftmaxOfChosen(logits, selected, weights); break;
            case WeightFunction.SparseMixer: SparseMixer(rule, logits, selected, weights); break;
            default:
                for (var j = 0; j < selected.Length; j++) weights[j] = selected[j] < 0 ? 0 : scores[selected[j]];
                break;
        }
        var factor = rule.Normalise ? (float)(rule.Scale / Divisor(rule, weights)) : rule.Scale;
        if (factor == 1) return;
        for (var j = 0; j < selected.Length; j++)
            if (selected[j] >= 0) weights[j] *= factor;
    }

    /// <summary>Empties the slots of experts that have all the tokens that they take: <paramref name="taken"/> <c>[experts]</c> counts those before this row.</summary>
    public static void DropOverCapacity(RouterRule rule, ReadOnlySpan<int> taken, Span<int> selected, Span<float> weights)
    {
        for (var j = 0; j < selected.Length; j++)
            if (selected[j] >= 0 && taken[selected[j]] >= rule.Capacity) (selected[j], weights[j]) = (-1, 0);
    }

    /// <summary>Puts slots in the order of descending weight, empty slots last; equal weights keep their order. As drawn where the rule keeps that.</summary>
    public static void SortByWeight(RouterRule rule, Span<int> selected, Span<float> weights)
    {
        if (rule.KeepsDrawnOrder) return;
        for (var i = 1; i < selected.Length; i++)
        {
            var (expert, weight) = (selected[i], weights[i]);
            var j = i;
            while (j > 0 && expert >= 0 && (selected[j - 1] < 0 || weights[j - 1] < weight))
            {
                (selected[j], weights[j]) = (selected[j - 1], weights[j - 1]);
                j--;
            }
            (selected[j], weights[j]) = (expert, weight);
        }
    }

    /// <summary>
    /// The whole rule for one row. Where experts are looked up by token id, <paramref name="selected"/> holds what was looked up when this is called, and <paramref name="selection"/>
    /// is left alone.
    /// </summary>
    public static void Route(
        RouterRule rule, ReadOnlySpan<float> logits, Span<float> scores, Span<float> selection, Span<int> selected, Span<float> weights)
    {
        Scores(rule, logits, scores);
        if (!rule.ByToken)
        {
            Selection(rule, logits, scores, [], selection);
            TopK(selection, selected);
        }
        Weights(rule, logits, scores, selected, weights);
        SortByWeight(rule, selected, weights);
    }

    private static double Divisor(RouterRule rule, ReadOnlySpan<float> weights)
    {
        var sum = 0.0;
        foreach (var w in weights) sum += rule.NormalisePower == 1 ? w : Math.Pow(Math.Abs(w), rule.NormalisePower);
        if (rule.NormalisePower != 1) sum = Math.Pow(sum, 1 / (double)rule.NormalisePower);
        return Math.Max(sum + rule.NormaliseEpsilon, rule.NormaliseFloor);
    }

    private static void SoftmaxOfChosen(ReadOnlySpan<float> logits, ReadOnlySpan<int> selected, Span<float> weights)
    {
        for (var j = 0; j < selected.Length; j++) weights[j] = selected[j] < 0 ? float.NegativeInfinity : logits[selected[j]];
        if (selected.ContainsAnyExcept(-1)) Numerics.Formulas.Softmax(weights, weights);
        else weights.Clear();
    }

    /// <summary>
    /// Expert by expert: w = e^(z − m) / Σ e^(z_e − m) with m the largest logit not drawn before, over the experts neither drawn before nor more than 2η below:
    /// (m − z_e) / max(|z_e|, m) &gt; 2η.
    /// </summary>
    private static void SparseMixer(RouterRule rule, ReadOnlySpan<float> logits, ReadOnlySpan<int> selected, Span<float> weights)
    {
        for (var j = 0; j < selected.Length; j++)
        {
            weights[j] = 0;
            if (selected[j] < 0) continue;
            var drawn = selected[..j];
            var best = float.NegativeInfinity;
            for (var e = 0; e < logits.Length; e++)
                if (!drawn.Contains(e) && (logits[e] > best || float.IsNaN(logits[e]))) best = logits[e];
            var sum = 0.0;
            for (var e = 0; e < logits.Length; e++)
                if (!drawn.Contains(e) && !((best - logits[e]) / MathF.Max(MathF.Abs(logits[e]), best) > 2 * rule.Jitter)) sum += Math.Exp(logits[e] - best);
            weights[j] = (float)(Math.Exp(logits[selected[j]] - best) / sum);
        }
    }

    private static void KeepBestGroups(RouterRule rule, Span<float> selection)
    {
        var size = selection.Length / rule.Groups;
        Span<float> groupScores = stackalloc float[rule.Groups];
        Span<int> best = stackalloc int[Math.Min(rule.GroupScoreExperts, size)];
        for (var g = 0; g < rule.Groups; g++)
        {
            var group = selection.Slice(g * size, size);
            TopK(group, best);
            foreach (var e in best) groupScores[g] += e < 0 ? 0 : group[e];
            // Too few experts left for a full score: after every full group (in torch it is −∞), but before a group that has none.
            if (best[^1] < 0) groupScores[g] = best[0] < 0 ? float.NegativeInfinity : float.MinValue;
        }
        Span<int> kept = stackalloc int[rule.GroupsKept];
        TopK(groupScores, kept);
        for (var g = 0; g < rule.Groups; g++)
        {
            if (kept.Contains(g)) continue;
            foreach (ref var a in selection.Slice(g * size, size))
                if (!float.IsNegativeInfinity(a)) a = rule.GroupFill;
        }
    }
}
