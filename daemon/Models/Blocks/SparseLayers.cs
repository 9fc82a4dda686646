using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Blocks;

/// <summary>Which layers have experts, by the keys that several families share.</summary>
internal static class SparseLayers
{
    /// <summary>Every <c>decoder_sparse_step</c>-th layer that is not in <c>mlp_only_layers</c>.</summary>
    public static IReadOnlyList<bool> ByStep(ConfigSection config, int layers)
    {
        var step = config.Int("decoder_sparse_step", 1, least: 1);
        var dense = config.Ints("mlp_only_layers") ?? [];
        return [.. Enumerable.Range(0, layers).Select(layer => !dense.Contains(layer) && (layer + 1) % step == 0)];
    }
}
