using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Routing.Interventions;

/// <summary>Another way to choose experts for one token. Weights are then made by the model's own rule from the scores of the chosen.</summary>
public interface IRoutingPolicy
{
    /// <summary>The policy and its parameters as a person writes them: <c>top_p p=0.8 k_max=8</c>.</summary>
    string Text { get; }

    /// <summary>The most experts it may choose under <paramref name="rule"/>.</summary>
    int MaxSlots(RouterRule rule);

    /// <summary>
    /// Chooses: writes expert ids to <paramref name="selected"/> (<see cref="MaxSlots"/> long) and returns how many. <paramref name="scores"/> and
    /// <paramref name="selection"/> are <c>[experts]</c>, s and a. Called on the compute thread; must not allocate.
    /// </summary>
    int Choose(RouterRule rule, ReadOnlySpan<float> scores, ReadOnlySpan<float> selection, Span<int> selected);
}
