using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Analysis.Policies;

/// <summary>The fewest best experts by score whose scores sum to at least p; at least one, at most k_max. Scores are taken as they are,
/// also where they do not sum to 1.</summary>
internal sealed class TopP(PolicyValues values) : IRoutingPolicy
{
    private readonly double _p = values["p"];
    private readonly int _kMax = values.Whole("k_max");

    public static PolicyKind Kind { get; } = new(
        new PolicyInfo(
            "top_p",
            [
                new("p", null, 0, 1, false, $"sum of router scores to reach"),
                PolicyParameter.Experts("k_max", PolicyParameter.MostExperts, $"most experts a token"),
            ],
            $"the fewest best experts whose scores sum to p, at most k_max"),
        values => new TopP(values));

    public string Text => values.Text;

    public int MaxSlots(RouterRule rule) => Math.Min(_kMax, rule.Experts);

    public int Choose(RouterRule rule, ReadOnlySpan<float> scores, ReadOnlySpan<float> selection, Span<int> selected)
    {
        var most = Ranking.BestByScore(scores, selection, selected[..MaxSlots(rule)]);
        var (count, before) = (0, 0.0);
        while (count < most && (count == 0 || before < _p)) before += scores[selected[count++]];
        return count;
    }
}
