namespace MoeDevtools.Tests.Checkpoints;

/// <summary>Where the repository's models are.</summary>
internal static class Folders
{
    public static string Root { get; } = FindRoot();

    public static string Fixtures => Path.Combine(Root, "tests", "fixtures", "checkpoints");

    public static string Samples => Path.Combine(Root, "samples");

    /// <summary>Every folder with a config.json, relative to the root.</summary>
    public static IEnumerable<string> Models => new[] { Fixtures, Samples }
        .SelectMany(folder => Directory.EnumerateFiles(folder, "config.json", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Root, Path.GetDirectoryName(file)!))
        .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MoeDevtools.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }
        return folder;
    }
}
