using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Blocks;

/// <summary>Makes the mixture-of-experts blocks of a decoder and numbers their routers in forward order.</summary>
internal sealed class ExpertsBuilder(WeightLoader weights, int hidden, ActivationFunction act)
{
    private int _routers;

    /// <summary>
    /// The block of <paramref name="layer"/> under <paramref name="prefix"/>, its router at <c>PREFIX.gate.weight</c>.
    /// </summary>
    /// <param name="expert">The weights of expert e.</param>
    /// <param name="shared">An MLP for every token; null = none.</param>
    public MixtureOfExperts Build(int layer, string prefix, RouterRule rule, Func<int, GatedWeights> expert, GatedWeights? shared = null)
    {
        var name = $"{prefix}.gate";
        return new MixtureOfExperts
        {
            Info = new RouterInfo
            {
                Id = new RouterId("decoder", layer, 0),
                Name = name,
                Aliases = [FormattableString.Invariant($"L{layer}"), name.Replace("model.", "", StringComparison.Ordinal)],
                Rule = rule,
                Index = _routers++,
            },
            Gate = weights.Linear(name, rule.Experts, hidden),
            Experts = [.. Enumerable.Range(0, rule.Experts).Select(expert)],
            Act = act,
            Shared = shared is null ? null : new GatedMlp(shared, act),
        };
    }
}
