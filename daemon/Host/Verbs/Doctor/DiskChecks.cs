using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Verbs.Doctor;

internal static class DiskChecks
{
    private const long Little = 500_000_000;

    public static Check Temporary() => Of($"temp folder", Path.GetTempPath(), "TMPDIR");

    public static Check Cache() => Of($"cache folder", UserFolders.Cache, "XDG_CACHE_HOME");

    private static Check Of(FormattableString name, string folder, string variable)
    {
        try
        {
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, $".moe-devtools-{Environment.ProcessId}-{Path.GetRandomFileName()}");
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
            {
            }

            long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            FormattableString facts = $"{folder}, writable, {Numbers.Bytes(free)} free";
            return free >= Little
                ? new Check(name, Severity.Ok, facts)
                : new Check(name, Severity.Warn, facts, $"Traces of long sessions may not fit; free some space.");
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return new Check(name, Severity.Fail, $"{folder}: {cause.Message}", $"Make the folder writable, or set {variable} to one that is.");
        }
    }
}
