using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace MoeDevtools.Capture.Training;

/// <summary>What the system knows of a process.</summary>
internal static class ProcessState
{
    public static bool Exists(int process)
    {
        try
        {
            using var there = Process.GetProcessById(process);
            return !there.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException)
        {
            return true;            // it is another user's
        }
    }

    /// <summary>Another debugger that traces it, as <c>gdb (4711)</c>; null = there is none, or the system does not say.</summary>
    public static string? Holder(int process)
    {
        try
        {
            var tracer = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("TracerPid:", StringComparison.Ordinal))?["TracerPid:".Length..].Trim();
            if (tracer is null or "0" || !int.TryParse(tracer, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
            return $"{File.ReadAllText($"/proc/{number}/comm").Trim()} ({number})";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Asks it to end.</summary>
    public static void AskToEnd(int process)
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SystemCalls.Kill(process, 15);
            return;
        }
        try
        {
            using var there = Process.GetProcessById(process);
            there.Kill();
        }
        catch (Exception error) when (error is ArgumentException or Win32Exception or InvalidOperationException)
        {
            // It has ended.
        }
    }
}
