using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary>Failures of writing, as errors that a person can act on.</summary>
internal static class DiskErrors
{
    // errno as .NET puts it into HResult on Unix, and the HRESULTs of Windows.
    private const int NoSpaceErrno = 28;
    private const int QuotaErrnoLinux = 122;
    private const int QuotaErrnoMac = 69;
    private const int DiskFullWindows = unchecked((int)0x80070070);
    private const int HandleDiskFullWindows = unchecked((int)0x80070027);

    public static bool IsDiskFull(Exception cause) => cause is IOException && (cause.HResult is DiskFullWindows or HandleDiskFullWindows
        || (!OperatingSystem.IsWindows() && (cause.HResult == NoSpaceErrno || cause.HResult == (OperatingSystem.IsMacOS() ? QuotaErrnoMac : QuotaErrnoLinux))));

    public static UserError OutputFull(Exception cause) =>
        new("MOE9011", $"stdout: no space left on the disk; the output is cut short.", $"Free some space or write to another place.", cause);

    /// <param name="path">As the person named it.</param>
    public static UserError From(string path, Exception cause) => IsDiskFull(cause)
        ? new UserError("MOE9005", $"{path}: no space left on the disk; nothing was left half-written.", $"Free some space or write to another place.", cause)
        : new UserError("MOE9006", $"{path}: cannot be written: {cause.Message}", $"Check that the folder exists and that you may write there.", cause);
}
