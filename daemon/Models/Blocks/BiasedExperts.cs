using MoeDevtools.Checkpoints;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// MLPs of the DeepSeek-V3 kind, with the tensor names that its kin share: dense, or experts whose router has a correction bias and an MLP for every token beside them.
/// </summary>
/// <param name="Rule">Without its bias.</param>
/// <param name="Inner">Of an expert.</param>
/// <param name="SharedInner">Of the MLP for every token; 0 = none.</param>
internal sealed record BiasedExperts(ConfigSection Config, WeightLoader Weights, ExpertsBuilder Moe, int Hidden, RouterRule Rule, int Inner, int SharedInner)
{
    /// <summary>Under the layer's <c>mlp</c>.</summary>
    public string Router { get; init; } = "gate";

    /// <summary>Under the layer's <c>mlp</c>.</summary>
    public string Bias { get; init; } = "gate.e_score_correction_bias";

    /// <summary>Under the layer's <c>mlp</c>.</summary>
    public string Shared { get; init; } = "shared_experts";

    /// <summary>Of an expert's matrices; null = the usual ones.</summary>
    public MlpNames? Names { get; init; }

    /// <summary>The experts of <paramref name="layer"/>, under <c>PREFIX</c>.</summary>
    public MixtureOfExperts Sparse(int layer, string prefix) =>
        Moe.Build(layer, $"{prefix}.{Router}", Rule with { Bias = Weights.RuleData($"{prefix}.{Bias}", Rule.Experts) },
            Weights.Experts($"{prefix}.experts", Rule.Experts, Inner, Hidden, Names)) with
        {
            Shared = SharedInner == 0 ? null : Moe.Dense(Weights.Mlp($"{prefix}.{Shared}", SharedInner, Hidden)),
        };

    /// <summary>Either kind, a dense one of <c>intermediate_size</c>.</summary>
    public IFeedForward Build(int layer, string prefix, bool sparse) =>
        sparse ? Sparse(layer, prefix) : Moe.Dense(Weights.Mlp(prefix, Config.Int("intermediate_size", least: 1), Hidden));
}
