using System.Text.RegularExpressions;

namespace MoeDevtools.Tests.House;

/// <summary>Nothing of the machine that a file was made on stays in it.</summary>
public sealed partial class PrivacyTests
{
    private static readonly string[] Binary = [".safetensors", ".npz", ".npy", ".png"];

    [Fact]
    public void Files_NameNoFolderOfOneMachine() =>
        Findings.None(from file in Repository.Files("", "*")
                     where !Binary.Contains(Path.GetExtension(file)) && !file.StartsWith("tests/fixtures/", StringComparison.Ordinal)
                     let found = MachinePath().Match(Repository.Read(file))
                     where found.Success
                     select $"{file} contains {found.Value}");

    [Fact]
    public void LockFiles_NameNoRegistry() =>
        Findings.None(Repository.Files("", "package-lock.json")
            .Where(file => Repository.Read(file).Contains("\"resolved\": \"http", StringComparison.Ordinal)));

    /// <summary>An absolute path into a home or a work folder; "lib/home/x" and "https://host/home/" are none.</summary>
    [GeneratedRegex(@"(?<![\w.\-/])/(?:work|root|home)/[\w.\-]*")]
    private static partial Regex MachinePath();
}
