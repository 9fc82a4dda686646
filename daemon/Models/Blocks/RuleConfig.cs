using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Blocks;

/// <summary>Router rules from a config, with their numbers checked against each other.</summary>
internal static class RuleConfig
{
    /// <summary>softmax over all experts, top-k of <c>num_experts_per_tok</c>.</summary>
    public static RouterRule Softmax(ModelConfig config, int experts, int k, bool normalise) =>
        Checked(config, new RouterRule { Experts = experts, K = k, Scores = ScoreFunction.Softmax, Normalise = normalise });

    /// <exception cref="Messages.UserError">The numbers contradict each other.</exception>
    public static RouterRule Checked(ModelConfig config, RouterRule rule)
    {
        if (rule.Experts < 1) throw config.Contradiction($"the number of experts is {rule.Experts}");
        if (rule.K < 1 || rule.K > rule.Experts)
            throw config.Contradiction($"num_experts_per_tok = {rule.K}, but there are {rule.Experts} experts");
        if (rule.Groups < 1 || rule.Experts % rule.Groups != 0)
            throw config.Contradiction($"n_group = {rule.Groups} does not divide the {rule.Experts} experts");
        if (rule.GroupsKept < 1 || rule.GroupsKept > rule.Groups)
            throw config.Contradiction($"topk_group = {rule.GroupsKept}, but n_group = {rule.Groups}");
        if (rule.GroupsKept * (rule.Experts / rule.Groups) < rule.K)
            throw config.Contradiction($"n_group = {rule.Groups} and topk_group = {rule.GroupsKept} leave {rule.GroupsKept * (rule.Experts / rule.Groups)} experts, fewer than num_experts_per_tok = {rule.K}");
        if (rule.Groups > 1 && rule.Experts / rule.Groups < rule.GroupScoreExperts)
            throw config.Unsupported("n_group", rule.Groups.ToString(CultureInfo.InvariantCulture), $"groups of {rule.GroupScoreExperts} experts or more");
        return rule;
    }
}
