using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Blocks;

/// <summary>Router rules from a config, with their numbers checked against each other.</summary>
internal static class RuleConfig
{
    /// <summary>softmax over all experts, top-k of <c>num_experts_per_tok</c>, weights renormalised or not.</summary>
    public static RouterRule Softmax(ConfigSection config, int experts, int k, bool normalise, string kKey = "num_experts_per_tok") =>
        Checked(config, new RouterRule { Experts = experts, K = k, Scores = ScoreFunction.Softmax, Normalise = normalise }, kKey);

    /// <summary>top-k of the logits, softmax over the chosen.</summary>
    public static RouterRule LogitsFirst(ConfigSection config, int experts, int k) =>
        Checked(config, new RouterRule { Experts = experts, K = k, Ranks = RankedValues.Logits, Weights = WeightFunction.SoftmaxOfChosen });

    /// <summary>
    /// DeepSeek-V3's (arXiv 2412.19437) by its usual keys: sigmoid scores, groups by their two best, renormalised, scaled. The correction bias is the caller's to add.
    /// </summary>
    /// <param name="groups">Default of <c>n_group</c>.</param>
    /// <param name="kept">Default of <c>topk_group</c>.</param>
    /// <param name="normalise">Default of <c>norm_topk_prob</c>.</param>
    /// <param name="scale">Default of <c>routed_scaling_factor</c>.</param>
    /// <param name="k">Default of <c>num_experts_per_tok</c>; null: it is required.</param>
    public static RouterRule Deepseek(ConfigSection config, int experts, int groups = 1, int kept = 1, bool normalise = true, double scale = 1, int? k = null)
    {
        // dots1 writes the method in the function's place.
        Only(config, "scoring_func", "sigmoid", "noaux_tc");
        Only(config, "topk_method", "noaux_tc");
        return Checked(config, new RouterRule
        {
            Experts = experts,
            K = config.Int("num_experts_per_tok", k),
            Scores = ScoreFunction.Sigmoid,
            Groups = config.Int("n_group", groups),
            GroupsKept = config.Int("topk_group", kept),
            Normalise = config.Bool("norm_topk_prob", normalise),
            NormaliseEpsilon = 1e-20f,
            Scale = (float)config.Number("routed_scaling_factor", scale),
        });
    }

    /// <summary>Keys that published configs carry and the reference does not read: only what it computes is accepted.</summary>
    public static void Only(ConfigSection config, string key, params ReadOnlySpan<string> values)
    {
        if (config.OptionalText(key) is { } found && !values.Contains(found)) throw config.Unsupported(key, found, string.Join(", ", values.ToArray()));
    }

    /// <exception cref="Messages.UserError">The numbers contradict each other.</exception>
    /// <param name="kKey">Where the config says k.</param>
    public static RouterRule Checked(ConfigSection config, RouterRule rule, string kKey = "num_experts_per_tok")
    {
        if (rule.Experts < 1) throw config.Contradiction($"the number of experts is {rule.Experts}");
        if (rule.K < 1 || rule.K > rule.Experts)
            throw config.Contradiction($"{kKey} = {rule.K}, but there are {rule.Experts} experts");
        if (rule.Groups < 1 || rule.Experts % rule.Groups != 0)
            throw config.Contradiction($"n_group = {rule.Groups} does not divide the {rule.Experts} experts");
        if (rule.GroupsKept < 1 || rule.GroupsKept > rule.Groups)
            throw config.Contradiction($"topk_group = {rule.GroupsKept}, but n_group = {rule.Groups}");
        if (rule.GroupsKept * (rule.Experts / rule.Groups) < rule.K)
            throw config.Contradiction($"n_group = {rule.Groups} and topk_group = {rule.GroupsKept} leave {rule.GroupsKept * (rule.Experts / rule.Groups)} experts, fewer than {kKey} = {rule.K}");
        if (rule.Groups > 1 && rule.Experts / rule.Groups < rule.GroupScoreExperts)
            throw config.Unsupported("n_group", rule.Groups.ToString(CultureInfo.InvariantCulture), $"groups of {rule.GroupScoreExperts} experts or more");
        return rule;
    }
}
