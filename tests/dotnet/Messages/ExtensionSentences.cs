using System.Text.Json;
using System.Text.RegularExpressions;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Messages;

/// <summary>What a person can read of the editor extension: the texts of its manifest, and the literals that its sources hand to <c>t</c>.</summary>
internal static partial class ExtensionSentences
{
    public static IEnumerable<string> All() =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(Repository.Read("package.nls.json"))!.Values
            .Concat(Sources().SelectMany(file => Call().Matches(Repository.Read(file)).Select(call => Escape().Replace(call.Groups[1].Value, "$1"))))
            .Distinct();

    /// <summary>Calls that no table can have a translation for: their sentence is no literal in single quotes.</summary>
    public static IEnumerable<string> Unreadable() =>
        from file in Sources()
        let text = Repository.Read(file)
        where AnyCall().Count(text) != Call().Count(text)
        select file;

    private static IEnumerable<string> Sources() => Repository.Files("extension/src", "*.ts");

    [GeneratedRegex(@"(?<!\w)t\(\s*'((?:[^'\\\n]|\\.)*)'")]
    private static partial Regex Call();

    [GeneratedRegex(@"(?<!\w)t\(")]
    private static partial Regex AnyCall();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escape();
}
