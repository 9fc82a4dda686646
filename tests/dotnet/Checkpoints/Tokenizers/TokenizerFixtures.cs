using System.Runtime.CompilerServices;
using System.Text.Json;
using MoeDevtools.Checkpoints.Tokenizers;

namespace MoeDevtools.Tests.Checkpoints.Tokenizers;

internal static class TokenizerFixtures
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "../../../fixtures/tokenizers"));

    /// <summary>Every folder with a tokenizer.json, relative to <see cref="Root"/>.</summary>
    public static IEnumerable<string> Folders =>
        Directory.EnumerateFiles(Root, "tokenizer.json", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Root, Path.GetDirectoryName(f)!)).Order(StringComparer.Ordinal);

    public static Tokenizer Load(string folder) => Tokenizer.Load(Path.Combine(Root, folder, "tokenizer.json"));

    /// <summary>The cases of a golden file; none where the folder has no such file.</summary>
    public static IEnumerable<JsonElement> Cases(string folder, string file)
    {
        var path = Path.Combine(Root, folder, file);
        return File.Exists(path) ? File.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement) : [];
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
