using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Analysis.Policies;

/// <summary>
/// Of the model's own k experts those with a score of at least τ, and the best of all experts always. Where that one is not among the k
/// (its group went, it is masked) and none reaches τ, none stays.
/// </summary>
internal sealed class Threshold(PolicyValues values) : IRoutingPolicy
{
    private readonly double _tau = values["tau"];

    public static PolicyKind Kind { get; } = new(
        new PolicyInfo("threshold", [new("tau", null, 0, 1, false, $"smallest router score that stays")],
            $"of the model's own k experts those with a score of at least tau, the best one always"),
        values => new Threshold(values));

    public string Text => values.Text;

    public int MaxSlots(RouterRule rule) => rule.K;

    public int Choose(RouterRule rule, ReadOnlySpan<float> scores, ReadOnlySpan<float> selection, Span<int> selected)
    {
        var best = float.NegativeInfinity;
        foreach (var s in scores) best = Math.Max(best, s);
        return Ranking.DropBelow(Math.Min(_tau, best), scores, selected[..Ranking.Own(rule, selection, selected)]);
    }
}
