namespace MoeDevtools.Tests.House;

/// <summary>The clone that the tests were built in.</summary>
internal static class Repository
{
    private static readonly string[] NotKept = [".git", "artifacts", "dist", "node_modules", "__pycache__", ".vscode-test"];

    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>Every kept file below <paramref name="folder"/>, as paths from the root with forward slashes, in a fixed order.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Walk(new DirectoryInfo(Path.Combine(Root, folder)), pattern)
            .Select(file => Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder, string pattern) =>
        folder.EnumerateFiles(pattern).Where(file => !NotKept.Contains(file.Name)).Concat(folder.EnumerateDirectories()
            .Where(below => below.LinkTarget is null && !NotKept.Contains(below.Name))
            .SelectMany(below => Walk(below, pattern)));

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "MoeDevtools.sln")) ? folder
        : Path.GetDirectoryName(folder) is { } parent ? FindRoot(parent)
        : throw new DirectoryNotFoundException("MoeDevtools.sln is in no folder above the tests.");
}
