using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace MoeDevtools.Capture.Training;

/// <summary>
/// Lines of Python files where a router may be called or may choose, as the probe reads them from the text alone, before a pass has confirmed them. Not thread safe.
/// </summary>
public sealed class CandidateLines
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(string File, DateTime Written, string Python), IReadOnlyList<int>?> _read = [];

    /// <summary>In order; null = nobody knows: it is no Python, or there is no interpreter that reads it.</summary>
    /// <param name="python">An interpreter.</param>
    public IReadOnlyList<int>? Of(string file, string python)
    {
        if (!file.EndsWith(".py", StringComparison.OrdinalIgnoreCase) || !File.Exists(file)) return null;
        var key = (file, File.GetLastWriteTimeUtc(file), python);
        if (!_read.TryGetValue(key, out var lines)) _read[key] = lines = Read(file, python);
        return lines;
    }

    private static List<int>? Read(string file, string python)
    {
        var start = new ProcessStartInfo(python, ["-m", "moe_devtools.lines", file]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONPATH"] = PythonProbe.Folder;
        try
        {
            using var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var said = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }
            if (process.ExitCode != 0) return null;
            using var json = JsonDocument.Parse(said.GetAwaiter().GetResult());
            return [.. new ProbeJson(json.RootElement).Objects("lines").Select(line => line.NeedInt("line"))];
        }
        catch (Exception error) when (error is Win32Exception or JsonException or IOException or Wire.FramingException)
        {
            return null;
        }
    }
}
