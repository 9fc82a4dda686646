namespace MoeDevtools.Bench.Processes;

/// <summary>Installs what peers need, where that takes nobody's permission.</summary>
internal static class Packages
{
    private static readonly string[] Torch = ["python3-torch", "python3-numpy", "libopenblas0-pthread"];

    /// <summary>How to install what <see cref="Torch"/> names, for people.</summary>
    public static string TorchAdvice => $"sudo apt-get install {string.Join(' ', Torch)}";

    /// <summary>Whether node_modules of <paramref name="folder"/> is, or could be made, what its lock file says.</summary>
    /// <param name="command">npm's: <c>ci</c> or <c>install</c>.</param>
    public static bool Npm(string folder, string command)
    {
        var (locked, installed) = (Path.Combine(folder, "package-lock.json"), Path.Combine(folder, "node_modules", ".package-lock.json"));
        return (File.Exists(installed) && File.GetLastWriteTimeUtc(installed) >= File.GetLastWriteTimeUtc(locked))
            || Command.Run(quiet: false, "npm", command, "--prefix", folder, "--no-progress");
    }

    /// <summary>The Python that has torch and numpy, installed for the system's own one where that is possible; null = there is none.</summary>
    public static string? PythonWithTorch()
    {
        string[] pythons = ["python3", "/usr/bin/python3"];
        string? Found() => pythons.FirstOrDefault(python => Command.Run(quiet: true, python, "-c", "import numpy, torch"));
        if (Found() is { } python) return python;
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/apt-get")) return null;
        bool Install() => Command.Run(quiet: false, "env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", .. Torch]);
        return Install() || (Command.Run(quiet: false, "apt-get", "update", "-q") && Install()) ? Found() : null;
    }
}
