using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>GLM-5: DeepSeek-V3.2's attention and router; layers without an indexer see the keys that the layer before saw.</summary>
internal static class GlmMoeDsa
{
    public static readonly Family Family = new("glm_moe_dsa", (config, weights) => IndexedBlocks.Build(
        config, weights, eps: 1e-5, groups: 1, kept: 1, heads: 32, interleaved: true, indexers: layers => Indexers(config, layers)));

    /// <summary>Which layers have an indexer of their own: by list, by pattern, or every <c>index_topk_freq</c>-th.</summary>
    private static IReadOnlyList<bool> Indexers(ConfigSection config, int layers)
    {
        const string Types = "indexer_types", Pattern = "index_topk_pattern";
        var (every, offset) = (Math.Max(config.Int("index_topk_freq", 1), 1), config.Int("index_skip_topk_offset", 2));
        var key = config.Has(Types) ? Types : Pattern;
        var words = !config.Has(key) ? LayerLists.Words(config, Types, layers, layer => Math.Max(layer - offset + 1, 0) % every == 0 ? "full" : "shared", "full", "shared")
            : config.IsText(key) ? LayerLists.Checked(config, key, [.. config.Text(key).Select(c => c.ToString())], layers, "F", "S")
            : LayerLists.Checked(config, key, config.Texts(key)!, layers, "full", "shared", "F", "S");
        if (words[0] is "shared" or "S") throw config.Unsupported(key, words[0], "an indexer in the first layer, which has none before it");
        return [.. words.Select(word => word is "full" or "F")];
    }
}
