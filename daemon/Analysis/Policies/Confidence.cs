using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Analysis.Policies;

/// <summary>One expert, the best by score, where its score is at least τ; else the model's own k.</summary>
internal sealed class Confidence(PolicyValues values) : IRoutingPolicy
{
    private readonly double _tau = values["tau"];

    public static PolicyKind Kind { get; } = new(
        new PolicyInfo("confidence", [new("tau", null, 0, 1, false, $"router score from which one expert is enough")],
            $"one expert where the largest score is at least tau, else the model's own k"),
        values => new Confidence(values));

    public string Text => values.Text;

    public int MaxSlots(RouterRule rule) => rule.K;

    public int Choose(RouterRule rule, ReadOnlySpan<float> scores, ReadOnlySpan<float> selection, Span<int> selected)
    {
        var one = Ranking.BestByScore(scores, selection, selected[..1]);
        return one == 1 && scores[selected[0]] >= _tau ? 1 : Ranking.Own(rule, selection, selected);
    }
}
