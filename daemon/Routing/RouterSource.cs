namespace MoeDevtools.Routing;

/// <summary>A line of a training program that belongs to a router: where it is called, or where its forward begins. Several routers may share one.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Line">From 1.</param>
/// <param name="IsCall">The router is called there; else its own code is there.</param>
public sealed record RouterSource(string Path, int Line, bool IsCall)
{
    /// <summary>How the paths of files are compared here.</summary>
    public static StringComparer Paths { get; } = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <param name="path">Absolute.</param>
    public bool IsAt(string path, int line) => Line == line && Paths.Equals(System.IO.Path.GetFullPath(Path), path);
}
