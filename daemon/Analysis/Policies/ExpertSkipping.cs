using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Analysis.Policies;

/// <summary>
/// NAEE's dynamic skipping (Lu et al. 2024, "Not All Experts are Equal"): of two experts the second is dropped where w₂ &lt; β·w₁. For
/// more experts each is held against the best: w_j &lt; β·w₁. Weights have a common factor, so scores are compared.
/// </summary>
internal sealed class ExpertSkipping(PolicyValues values) : IRoutingPolicy
{
    private readonly double _beta = values["beta"];

    public static PolicyKind Kind { get; } = new(
        new PolicyInfo("expert_skipping", [new("beta", null, 0, 1, false,
            $"share of the best expert's weight below which another is dropped")],
                $"of the model's own k experts those whose weight is at least beta times the best one's (NAEE)"),
        values => new ExpertSkipping(values));

    public string Text => values.Text;

    public int MaxSlots(RouterRule rule) => rule.K;

    public int Choose(RouterRule rule, ReadOnlySpan<float> scores, ReadOnlySpan<float> selection, Span<int> selected)
    {
        var own = selected[..Ranking.Own(rule, selection, selected)];
        var best = 0f;
        foreach (var e in own) best = Math.Max(best, scores[e]);
        return Ranking.DropBelow(_beta * best, scores, own);
    }
}
