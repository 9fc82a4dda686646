using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Wire;

namespace MoeDevtools.Capture.Training;

/// <summary>Routers as a probe describes them.</summary>
internal static class ProbeRouters
{
    private const int MostExperts = 1 << 20;

    /// <summary>In forward order, with the indices that they have there.</summary>
    /// <exception cref="FramingException">The description means nothing.</exception>
    public static IReadOnlyList<ProbedRouter> Read(ProbeJson parameters) => [.. parameters.Objects("routers").Select(One)];

    private static ProbedRouter One(ProbeJson router, int index)
    {
        var (name, experts, k) = (router.Need("name"), router.NeedInt("experts"), router.NeedInt("k"));
        if (name.Length == 0 || experts is < 1 or > MostExperts || k < 1 || k > experts) throw new FramingException($"router \"{name}\" has {experts} experts and k {k}");
        var rule = router.Object("rule") ?? default;
        var scores = rule.Text("scores");
        var info = new RouterInfo
        {
            Id = new RouterId(router.Text("stack") ?? "decoder", router.Int("layer") ?? index, router.Int("ordinal") ?? 0),
            Name = name,
            Aliases = [FormattableString.Invariant($"L{router.Int("layer") ?? index}"), .. router.Texts("aliases")],
            Index = index,
            NoChanges = router.Text("changes") is "selection" or "weights" ? null : router.Text("noChanges") ?? "its probe does not change routing",
            Rule = new RouterRule
            {
                Experts = experts,
                K = k,
                Scores = scores switch { null or "softmax" => ScoreFunction.Softmax, "sigmoid" => ScoreFunction.Sigmoid, _ => throw new FramingException($"there is no score function \"{scores}\"") },
                Ranks = rule.Text("ranks") switch { null or "scores" => RankedValues.Scores, "logits" => RankedValues.Logits, var other => throw new FramingException($"there is no ranked value \"{other}\"") },
                Weights = rule.Text("weights") switch { null or "scores" => WeightFunction.OwnScores, "softmax_of_chosen" => WeightFunction.SoftmaxOfChosen, var other => throw new FramingException($"there is no weight function \"{other}\"") },
                Normalise = rule.Flag("normalise") ?? false,
                Scale = (float)(rule.Real("scale") ?? 1),
            },
            Sources =
            [
                .. router.Objects("sources").Select(source => new RouterSource(source.Need("path"), source.NeedInt("line"), source.Text("what") == "call")).Where(source => Path.IsPathFullyQualified(source.Path) && source.Line > 0),
            ],
        };
        return new ProbedRouter(info, scores is not null);
    }
}
