using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Granite MoE with an MLP for every token beside the experts.</summary>
internal static class GraniteMoeShared
{
    public static readonly Family Family = new("granitemoeshared", (config, weights) => GraniteBlocks.Build(config, weights, config.Int("shared_intermediate_size", 0, least: 0)));
}
