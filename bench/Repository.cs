namespace MoeDevtools.Bench;

/// <summary>The clone that the program was built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Path(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "MoeDevtools.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"MoeDevtools.sln is in no folder above {AppContext.BaseDirectory}");
    }
}
