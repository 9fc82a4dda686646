using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace MoeDevtools.Host.Verbs.Doctor;

/// <summary>Loads every assembly the program refers to: a damaged installation shows here and not in the middle of a session.</summary>
internal static class PackageCheck
{
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A reference that a trimmer has removed cannot be missing.")]
    public static Check Run()
    {
        var own = typeof(PackageCheck).Assembly;
        var loaded = new List<string>();
        var missing = new List<string>();
        foreach (var name in own.GetReferencedAssemblies().Where(name => !IsFramework(name)).OrderBy(name => name.Name, StringComparer.Ordinal))
        {
            try
            {
                var version = Assembly.Load(name).GetName().Version!;
                loaded.Add($"{name.Name} {version.ToString(3)}");
            }
            catch (Exception cause) when (cause is IOException or BadImageFormatException)
            {
                missing.Add($"{name.Name} ({cause.Message})");
            }
        }

        return missing.Count == 0
            ? new Check($"packages", Severity.Ok, $"{ProductVersion.Line} with {string.Join(", ", loaded)}")
            : new Check($"packages", Severity.Fail, $"cannot load {string.Join(", ", missing)}", $"Build or install moe-devtools again.");
    }

    private static bool IsFramework(AssemblyName name) =>
        name.Name is "netstandard" or "System.Private.CoreLib"
        || (name.Name!.StartsWith("System.", StringComparison.Ordinal) && name.Name != "System.CommandLine")
        || name.Name.StartsWith("Microsoft.Win32", StringComparison.Ordinal);
}
