using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Blocks;

/// <summary>Makes the mixture-of-experts blocks of a model and numbers their routers in forward order.</summary>
internal sealed class ExpertsBuilder(WeightLoader weights, int hidden, MlpActivation act)
{
    private int _routers;

    /// <summary>The block of <paramref name="layer"/> with its router at <c>ROUTER.weight</c>; what else a family has is added with <c>with</c>.</summary>
    /// <param name="bias">The router has a bias, which is part of its logits.</param>
    /// <param name="stack"><c>encoder</c> or <c>decoder</c>.</param>
    public MixtureOfExperts Build(int layer, string router, RouterRule rule, IReadOnlyList<MlpWeights> experts, bool bias = false, string stack = "decoder")
    {
        var name = weights.NameOf(router + ".weight")[..^".weight".Length];
        var shortName = FormattableString.Invariant($"L{layer}");
        return new MixtureOfExperts
        {
            Info = new RouterInfo
            {
                Id = new RouterId(stack, layer, 0),
                Name = name,
                Aliases = [.. new[] { stack == "decoder" ? shortName : stack[..1] + shortName, router, router.Replace("model.", "", StringComparison.Ordinal) }.Where(a => a != name).Distinct()],
                Rule = rule,
                Index = _routers++,
            },
            Gate = weights.Linear(router, rule.Experts, hidden, bias),
            Experts = experts,
            Act = act,
        };
    }

    /// <summary>A dense MLP with the same activation: of a dense layer, or shared beside the experts.</summary>
    public Mlp Dense(MlpWeights mlp) => new(mlp, act);
}
