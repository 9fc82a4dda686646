using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// Qwen3-Next: gated delta rule between layers of gated full attention, norms whose weights are stored as their distance from 1, partial RoPE, Qwen2-MoE's experts. <c>mtp.*</c> is a
/// prediction head and is not run.
/// </summary>
internal static class Qwen3Next
{
    public static readonly Family Family = new("qwen3_next", (config, weights) => GatedDeltaBlocks.Build(
        config, weights, byKeyHead: true, normalise: config.Bool("norm_topk_prob", true), fusedExperts: false, sparse: layers => SparseLayers.ByStep(config, layers)));
}
