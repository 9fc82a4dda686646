using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Analysis.Policies;

/// <summary>The best k by selection score: the model's own choice with another k.</summary>
internal sealed class TopK(PolicyValues values) : IRoutingPolicy
{
    private readonly int _k = values.Whole("k");

    // k_ref (renormalise over the top k_ref) is no parameter: a policy chooses experts, and the model's own rule makes the weights.
    public static PolicyKind Kind { get; } = new(
        new PolicyInfo("top_k", [PolicyParameter.Experts("k", null, $"experts a token")], $"the k experts of the largest selection scores"),
        values => new TopK(values));

    public string Text => values.Text;

    public int MaxSlots(RouterRule rule) => Math.Min(_k, rule.Experts);

    public int Choose(RouterRule rule, ReadOnlySpan<float> scores, ReadOnlySpan<float> selection, Span<int> selected) =>
        Ranking.Best(selection, selected[..MaxSlots(rule)]);
}
