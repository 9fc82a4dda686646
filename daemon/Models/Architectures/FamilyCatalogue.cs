using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Architectures;

/// <summary>Every family that can be run, one line each.</summary>
internal static class FamilyCatalogue
{
    private static readonly Family[] All =
    [
        DeepseekV3.Family,
        Mixtral.Family,
        Olmoe.Family,
        Qwen3Moe.Family,
    ];

    /// <exception cref="Messages.UserError">No family has this <c>model_type</c>.</exception>
    public static Family Find(ModelConfig config) => Array.Find(All, f => f.ModelType == config.ModelType)
        ?? throw config.Unsupported("model_type", config.ModelType, string.Join(", ", All.Select(f => f.ModelType)));
}
