using System.Globalization;
using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Blocks;

/// <summary>Config lists with an entry a layer.</summary>
internal static class LayerLists
{
    public const string Full = "full_attention";
    public const string Sliding = "sliding_attention";
    public const string Chunked = "chunked_attention";
    public const string Linear = "linear_attention";
    public const string Indexed = "indexed_attention";

    /// <summary><c>layer_types</c>, or what <paramref name="absent"/> says of each layer where the config has none.</summary>
    public static IReadOnlyList<string> Attention(ConfigSection config, int layers, Func<int, string> absent, params ReadOnlySpan<string> words) =>
        Words(config, "layer_types", layers, absent, words.IsEmpty ? [Full, Sliding] : words);

    /// <summary><c>mlp_layer_types</c>: whether each layer is sparse.</summary>
    public static IReadOnlyList<bool> Sparse(ConfigSection config, int layers, Func<int, bool> absent) =>
        [.. Words(config, "mlp_layer_types", layers, layer => absent(layer) ? "sparse" : "dense", "dense", "sparse").Select(w => w == "sparse")];

    /// <summary>A list of whole numbers; null where the config has none.</summary>
    public static IReadOnlyList<int>? Ints(ConfigSection config, string key, int layers)
    {
        var values = config.Ints(key);
        return values is null || values.Count == layers ? values : throw WrongLength(config, key, values.Count, layers);
    }

    /// <summary>A list of words, or what <paramref name="absent"/> says of each layer where the config has none.</summary>
    public static IReadOnlyList<string> Words(ConfigSection config, string key, int layers, Func<int, string> absent, params ReadOnlySpan<string> words) =>
        config.Texts(key) is { } given ? Checked(config, key, given, layers, words) : [.. Enumerable.Range(0, layers).Select(absent)];

    /// <summary>What a config lists, if it is a known word for each layer.</summary>
    public static IReadOnlyList<string> Checked(ConfigSection config, string key, IReadOnlyList<string> given, int layers, params ReadOnlySpan<string> words)
    {
        if (given.Count != layers) throw WrongLength(config, key, given.Count, layers);
        foreach (var word in given)
            if (!words.Contains(word)) throw config.Unsupported(key, word, string.Join(", ", words.ToArray()));
        return given;
    }

    private static Messages.UserError WrongLength(ConfigSection config, string key, int count, int layers) => config.Unsupported(
        key, string.Create(CultureInfo.InvariantCulture, $"{count} entries"), string.Create(CultureInfo.InvariantCulture, $"{layers}, one a layer"));
}
