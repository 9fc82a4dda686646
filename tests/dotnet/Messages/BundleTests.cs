using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using MoeDevtools.Messages;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Messages;

/// <summary>The bundles of l10n/ against the sentences of the built program and of the editor extension.</summary>
public sealed partial class BundleTests
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly IReadOnlySet<string> Source = Sentences.In(AppContext.BaseDirectory).Keys
        .Where(sentence => Letter().IsMatch(Placeholder().Replace(sentence, ""))).Concat(ExtensionSentences.All()).ToHashSet(StringComparer.Ordinal);

    public static TheoryData<string> Bundles => new(Repository.Files("l10n", "bundle.l10n.*.json"));

    [Fact]
    public void Source_HasItsSentences()
    {
        Assert.Contains("There is no folder {0}.", Source);                      // in a plain throw
        Assert.Contains("a whole number of 32 bits", Source);                    // in a conditional
        Assert.Contains("Write {{entropy:0.00}}.", Source);                      // with braces of its own
        Assert.Contains("effective experts {0:0.0} < {1:0.0} over {2} steps ({3} tokens)", Source);
        Assert.Contains("Open the Sample Recording", Source);                               // in the manifest
        Assert.Contains("The daemon does not answer.", Source);                             // in a source of the extension
        Assert.DoesNotContain("at {0}, step {1} ({2}:{3})", Source);             // a FormattableString.Invariant
    }

    [Fact]
    public void ExtensionSentence_IsALiteral() => Findings.None(ExtensionSentences.Unreadable());

    [Theory, MemberData(nameof(Bundles))]
    public void Bundle_HasEverySentenceAndNoOther(string file)
    {
        var bundle = Read(file);
        var findings = Source.Where(sentence => !bundle.ContainsKey(sentence))
            .Select(sentence => $"  {JsonSerializer.Serialize(sentence, Plain)}: \"\",")
            .Concat(bundle.Keys.Where(key => !Source.Contains(key)).Select(key => $"stale: {JsonSerializer.Serialize(key, Plain)}"))
            .ToList();

        Findings.None(findings.Count == 0 ? [] : findings.Prepend($"{file}: translate the lines with \"\", remove the stale ones"));
    }

    [Theory, MemberData(nameof(Bundles))]
    public void Translation_HasThePlaceholdersOfItsSentence(string file) =>
        Findings.None(from entry in Read(file)
                     where !Translations.Placeholders(entry.Key).SequenceEqual(Translations.Placeholders(entry.Value))
                        || !IsWellFormed(entry.Value, entry.Key)
                     select $"{file}: {entry.Key} -> {entry.Value}");

    [Theory, MemberData(nameof(Bundles))]
    public void Translation_KeepsWhatIsQuotedAsCode(string file) =>
        Findings.None(from entry in Read(file)
                     from Match code in Code().Matches(entry.Key)
                     where !entry.Value.Contains(code.Value, StringComparison.Ordinal)
                     select $"{file}: {code.Value} is not in {entry.Value}");

    [Theory, MemberData(nameof(Bundles))]
    public void Bundle_IsSortedAndHasNoKeyTwice(string file)
    {
        using var json = JsonDocument.Parse(Repository.Read(file));
        var keys = json.RootElement.EnumerateObject().Select(entry => entry.Name).ToList();

        Assert.Equal(keys.Distinct().Order(StringComparer.Ordinal), keys);
    }

    [Theory, MemberData(nameof(Bundles))]
    public void BuiltProgram_SpeaksTheLanguageOfTheBundle(string file)
    {
        FormattableString sentence = $"There is no folder {"x"}.";
        var language = Translations.For(file["l10n/bundle.l10n.".Length..^".json".Length]);

        Assert.Equal(Read(file)[sentence.Format].Replace("{0}", "x", StringComparison.Ordinal), language.Text(sentence));
    }

    /// <summary>Escaped braces, too, are as many as in the sentence.</summary>
    private static bool IsWellFormed(string translation, string sentence) =>
        Escaped().Count(translation) == Escaped().Count(sentence) && CompositeFormat.Parse(translation).MinimumArgumentCount >= 0;

    private static Dictionary<string, string> Read(string file) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(Repository.Read(file))!;

    [GeneratedRegex(@"\{\d+[^{}]*\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\p{L}")]
    private static partial Regex Letter();

    [GeneratedRegex(@"\{\{|\}\}")]
    private static partial Regex Escaped();

    /// <summary>Options, names with an underscore, files, and what stands in backticks, two in a walkthrough.</summary>
    [GeneratedRegex(@"--[a-z][a-z-]+|\b[a-z]+(?:_[a-z]+)+\b|\b[\w./]+\.(?:json|jsonl|md|safetensors)\b|`{1,2}[^`]+`{1,2}")]
    private static partial Regex Code();
}
