using System.Runtime.InteropServices;

namespace MoeDevtools.Checkpoints;

/// <summary>What the system can be told about mapped memory. Linux and macOS; elsewhere nothing happens.</summary>
internal static unsafe partial class MappedPages
{
    private const int WillNeedAdvice = 3; // POSIX_MADV_WILLNEED on both

    /// <summary>Asks for the pages of a range to be read from disk, without waiting for them. A page that is there costs little; a failure nothing.</summary>
    public static void WillNeed(byte* data, long bytes)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return;
        var before = (nint)data % Environment.SystemPageSize;
        _ = Advise(data - before, (nuint)(bytes + before), WillNeedAdvice);
    }

    [LibraryImport("libc", EntryPoint = "posix_madvise")]
    private static partial int Advise(byte* address, nuint length, int advice);
}
