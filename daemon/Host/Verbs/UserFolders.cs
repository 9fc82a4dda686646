namespace MoeDevtools.Host.Verbs;

/// <summary>Where this user's files of the program live (XDG base directories). Nothing here creates a folder.</summary>
internal static class UserFolders
{
    /// <summary>What can be made again.</summary>
    public static string Cache => Of("XDG_CACHE_HOME", ".cache");

    /// <summary>Model listings, the same for every verb.</summary>
    public static string Listings => Path.Combine(Cache, "listings");

    /// <summary>Recordings of debug sessions, each of which goes with its session.</summary>
    public static string Recordings => Path.Combine(Cache, "recordings");

    /// <summary>What is nice to keep: the console's history.</summary>
    public static string State => Of("XDG_STATE_HOME", Path.Combine(".local", "state"));

    /// <summary>For sockets: <c>XDG_RUNTIME_DIR</c>, or the temporary folder where there is none.</summary>
    public static string Runtime => Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } folder && Directory.Exists(folder)
        ? folder
        : Path.GetTempPath();

    // The specification: a relative path in these variables is to be ignored.
    private static string Of(string variable, string underHome) =>
        Path.Combine(
            Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder && Path.IsPathRooted(folder)
                ? folder
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), underHome),
            "moe-devtools");
}
