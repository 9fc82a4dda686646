using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>DeepSeek-V3.2 (arXiv 2512.02556): DeepSeek-V3 whose queries see the keys that an indexer chooses for them.</summary>
internal static class DeepseekV32
{
    public static readonly Family Family = new("deepseek_v32", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        if (config.OptionalInt("moe_layer_freq") is { } every and not 1)
            throw config.Unsupported("moe_layer_freq", every.ToString(CultureInfo.InvariantCulture), "1");
        return IndexedBlocks.Build(config, weights, eps: 1e-6, groups: 8, kept: 4, heads: 64, interleaved: false);
    }
}
