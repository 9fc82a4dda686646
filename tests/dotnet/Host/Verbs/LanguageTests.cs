using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Messages;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Host.Verbs;

/// <summary>
/// What verbs print is made of sentences that have translations. The language of these tests puts each sentence of the bundles in brackets, so that whatever is said
/// in English without a translation stands outside of them.
/// </summary>
public sealed partial class LanguageTests
{
    private static readonly Translations Bracketed = new("brackets", () => Bundle("fr").Keys.ToDictionary(key => key, key => $"⟦{key}⟧"));

    [Fact]
    public void HelpOfEachVerb_IsMadeOfSentences()
    {
        foreach (var verb in Catalogue.Verbs().SelectMany(verb => verb.Verbs.Prepend(verb)))
        {
            var outside = Outside(string.Join('\n', HelpText.Of(verb, 4000, new Glyphs(true), Bracketed).Select(line => line.Text)));
            Assert.All(
                outside.Split('\n').Where(line => line.Trim().Length > 0),
                line => Assert.Matches(@"^\s*(moe-devtools .*|[a-z]+|[A-Z]+|--?[a-z-]+(, --?[a-z-]+)*( [A-Z]+)?(\s+[a-z]+(, [a-z]+)+)?)\s*$", line));
        }
        Assert.All(
            Outside(string.Join('\n', HelpText.Program(Catalogue.Verbs(), 4000, new Glyphs(true), Bracketed).Select(line => line.Text))).Split('\n'), line => Assert.Matches(@"^\s*[a-z-]*\s*$", line));
    }

    [Theory]
    [InlineData("inspect", "samples/olmoe-tiny")]
    [InlineData("inspect", "samples/deepseek-tiny")]
    [InlineData("inspect", "tests/fixtures/checkpoints/switch_transformers")]
    [InlineData("run", "samples/olmoe-tiny", "-p", "7 * 3 =", "-n", "2", "--break", "L2 if entropy < 0.5", "--break", "L9", "--intervene", "L3: k 2")]
    [InlineData("run", "samples/olmoe-tiny", "--dataset", "samples/data/eval.jsonl", "--limit", "2")]
    [InlineData("generate", "samples/olmoe-tiny", "-p", "7 * 3 =", "-n", "2")]
    [InlineData("tokenize", "samples/olmoe-tiny", "7 * 3 =")]
    [InlineData("diff", "samples/olmoe-tiny", "samples/olmoe-tiny-collapsed", "-p", "7 * 3 =")]
    [InlineData("parity", "tests/fixtures/checkpoints/mixtral")]
    [InlineData("doctor")]
    [InlineData("insepct")]
    [InlineData("generate", "samples/olmoe-tiny", "--seed", "x")]
    public void Verb_SaysNothingOutsideOfSentences(params string[] line)
    {
        var (output, error) = Run(Bracketed, [.. line.Select(word => word.Contains('/', StringComparison.Ordinal) ? Path.Combine(Repository.Root, word) : word)]);
        Assert.NotEqual("", output + error);
        Assert.Empty(EnglishIn(Outside(output)).Concat(EnglishIn(Outside(error))));
    }

    [Theory]
    [InlineData("fr", "prompt", "arrêté", "couche")]
    [InlineData("ja", "プロンプト", "停止", "層")]
    public void Console_SpeaksTheLanguageOfItsReader(string language, params string[] words)
    {
        var script = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(script, ["help", "break L2 if entropy < 0.5", "info breakpoints", "continue", "stack", "mask 6", "info changes", "list", "explain 1", "info model", "session", "continue"]);
            var (output, error) = Run(Translations.For(language), "debug", Path.Combine(Repository.Root, "samples", "olmoe-tiny"), "-p", "7 * 3 =", "-n", "2", "--commands", script);
            Assert.Equal("", error);
            Assert.All(words.Skip(1), word => Assert.Contains(word, output, StringComparison.Ordinal));
            var said = string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            var english = Bundle(language).Where(entry => entry.Key.Count(c => c == ' ') > 2 && !entry.Key.Contains('{', StringComparison.Ordinal) && entry.Key != entry.Value);
            Assert.All(english, entry => Assert.DoesNotContain(entry.Key, said, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(script);
        }
    }

    [Theory]
    [InlineData("ja")]
    [InlineData("zh-cn")]
    [InlineData("de")]
    public void HelpOfEachVerb_FitsInWideCharacters(string language)
    {
        foreach (var verb in Catalogue.Verbs().SelectMany(verb => verb.Verbs.Prepend(verb)))
            Assert.All(HelpText.Of(verb, 80, new Glyphs(true), Translations.For(language)), line => Assert.True(TextWidth.Of(line.Text) <= 80, line.Text));
    }

    private static (string Output, string Error) Run(Translations language, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var interrupts = new Interrupts();
        var screen = new Screen(output, error, new ScreenTraits(false, false, false, false, false, Unicode: true), () => 4000) { Translations = language };
        CommandLine.Run(args, Catalogue.Verbs(), screen, Stream.Null, interrupts);
        return (Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    /// <summary>A text without what is in brackets, which nest.</summary>
    private static string Outside(string text)
    {
        for (var before = ""; before != text;) (before, text) = (text, Innermost().Replace(text, ""));
        return text;
    }

    /// <summary>Words in lower case that are no names with dots, slashes or underscores, no commands, conditions or families of the tests, and nothing in quotes.</summary>
    private static IEnumerable<string> EnglishIn(string outside) =>
        Quoted().Replace(outside, "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim(',', ';', ':', '(', ')'))
            .Where(word => Word().IsMatch(word) && word is not ("back" or "help" or "mask" or "entropy" or "encoder" or "decoder" or "olmoe"))
            .Except(Labels);

    /// <summary>Labels of the documents in samples/data.</summary>
    private static readonly string[] Labels = ["english", "french", "python", "json", "arithmetic", "logs"];

    private static Dictionary<string, string> Bundle(string language) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(Repository.Read($"l10n/bundle.l10n.{language}.json"))!;

    [GeneratedRegex("⟦[^⟦⟧]*⟧")]
    private static partial Regex Innermost();

    [GeneratedRegex("\"[^\"\n]*\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("^[a-z]{3,}$")]
    private static partial Regex Word();
}
