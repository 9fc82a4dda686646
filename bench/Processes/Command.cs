using System.ComponentModel;
using System.Diagnostics;

namespace MoeDevtools.Bench.Processes;

/// <summary>A program that runs to its end, without input.</summary>
internal static class Command
{
    /// <summary>Whether it ended with 0. What it prints goes to stderr, or nowhere when <paramref name="quiet"/>.</summary>
    public static bool Run(bool quiet, string program, params IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.StandardInput.Close();
            void Show(object sender, DataReceivedEventArgs line)
            {
                if (!quiet && line.Data is { } text) Console.Error.WriteLine(text);
            }
            process.OutputDataReceived += Show;
            process.ErrorDataReceived += Show;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Milliseconds from its start to the first line for which <paramref name="isIt"/> holds; it is then read to its end.</summary>
    public static double MillisecondsToLine(Func<string, bool> isIt, string program, params IEnumerable<string> arguments)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        process.StandardInput.Close();
        double? found = null;
        while (process.StandardOutput.ReadLine() is { } line)
            if (found is null && isIt(line)) found = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.WaitForExit();
        if (found is { } milliseconds && process.ExitCode == 0) return milliseconds;
        throw new InvalidOperationException($"{program} ended with {process.ExitCode} and did not print the line that is waited for");
    }
}
