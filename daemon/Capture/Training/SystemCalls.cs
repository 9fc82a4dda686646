using System.Runtime.InteropServices;

namespace MoeDevtools.Capture.Training;

/// <summary>What .NET has no call for.</summary>
internal static partial class SystemCalls
{
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "getuid")]
    public static partial uint GetUserId();
}
