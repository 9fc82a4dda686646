using MoeDevtools.Messages;

namespace MoeDevtools.Capture.Training;

/// <summary>The Python probe, which lies beside this program.</summary>
public static class PythonProbe
{
    /// <summary>Where the package moe_devtools is.</summary>
    internal static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "probes", "python");

    /// <summary>What makes every interpreter of a program load the probe: <c>PYTHONPATH</c> with its folders before those that are there.</summary>
    /// <param name="path">The program's own <c>PYTHONPATH</c>; null = none.</param>
    /// <exception cref="UserError">The probe is not there.</exception>
    public static (string Name, string Value) Environment(string? path)
    {
        var inject = Path.Combine(Folder, "inject");
        if (!File.Exists(Path.Combine(inject, "sitecustomize.py")))
            throw new UserError("MOE5110", $"the Python probe is not in {Folder}.", $"Install moe-devtools again: its probes belong beside the program.");
        return ("PYTHONPATH", string.Join(Path.PathSeparator, new[] { inject, Folder, path }.Where(part => !string.IsNullOrEmpty(part))));
    }
}
