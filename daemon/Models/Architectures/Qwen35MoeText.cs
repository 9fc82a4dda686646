using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// The text model of Qwen3.5-MoE: Qwen3-Next's layers with the linear attention's projections apart, every layer sparse, weights always renormalised. Its three position axes are one for
/// text. <c>mtp.*</c> is a prediction head and is not run.
/// </summary>
internal static class Qwen35MoeText
{
    public static readonly Family Family = new("qwen3_5_moe_text", (config, weights) => GatedDeltaBlocks.Build(config, weights, byKeyHead: false, normalise: true, fusedExperts: true));
}
