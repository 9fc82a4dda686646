using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Granite MoE: a router that chooses before it weighs, experts stored together, and factors on embeddings, attention, residuals and logits.</summary>
internal static class GraniteMoe
{
    public static readonly Family Family = new("granitemoe", (config, weights) => GraniteBlocks.Build(config, weights, sharedInner: 0));
}
