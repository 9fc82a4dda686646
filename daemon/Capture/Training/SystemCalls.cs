using System.Runtime.InteropServices;

namespace MoeDevtools.Capture.Training;

/// <summary>What .NET has no call for.</summary>
internal static partial class SystemCalls
{
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);
}
