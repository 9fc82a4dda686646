using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MoeDevtools.Messages;

/// <summary>
/// The sentences of one language. Immutable, any thread; the bundle is read when the first sentence is asked for. A session is handed the one of
/// its reader: the process itself has no language.
/// </summary>
public sealed partial class Translations
{
    private readonly Lazy<FrozenDictionary<string, string>> _translated;

    /// <param name="read">The bundle: English format to translated format.</param>
    internal Translations(string language, Func<IReadOnlyDictionary<string, string>> read)
    {
        Language = language;
        _translated = new(() => read().ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Every sentence as it stands in the source.</summary>
    public static Translations English { get; } = new("en", () => FrozenDictionary<string, string>.Empty);

    /// <summary>The tag of the bundle (<c>zh-cn</c>), or <c>en</c>.</summary>
    public string Language { get; }

    /// <summary>The language that is nearest to a locale.</summary>
    /// <param name="locale">A BCP 47 tag or a POSIX locale: <c>fr-CA</c>, <c>fr_FR.UTF-8@euro</c>; null, <c>C</c> and what there is no bundle for are English.</param>
    public static Translations For(string? locale)
    {
        var tag = (locale ?? "").Split('.', '@')[0].Replace('_', '-').ToLowerInvariant();
        // zh-cn is in simplified characters, as Singapore writes too; who reads traditional ones gets English.
        if (tag is "zh" or "zh-sg" || tag.StartsWith("zh-hans", StringComparison.Ordinal)) tag = "zh-cn";
        for (var end = tag.Length; end > 0; end = tag.LastIndexOf('-', end - 1))
        {
            var language = tag[..end];
            if (typeof(Translations).Assembly.GetManifestResourceInfo(Resource(language)) is not null)
                return new Translations(language, () => Read(language));
        }
        return English;
    }

    /// <summary>
    /// The sentence with its facts, numbers written as in JSON. In English where the bundle does not have it, or has other placeholders. A fact that is a sentence
    /// itself is translated too.
    /// </summary>
    public string Text(FormattableString sentence)
    {
        var facts = Array.ConvertAll(sentence.GetArguments(), fact => fact is FormattableString inner ? Text(inner) : fact);
        var format = _translated.Value.TryGetValue(sentence.Format, out var translated)
            && Placeholders(translated).SequenceEqual(Placeholders(sentence.Format)) ? translated : sentence.Format;
        return string.Format(CultureInfo.InvariantCulture, format, facts);
    }

    /// <summary>Clauses as one line, each a sentence with its facts.</summary>
    public string List(IEnumerable<FormattableString> clauses) => string.Join(", ", clauses.Select(Text));

    /// <summary>The placeholders of a format with their own formats, <c>{0:0.##}</c>, sorted; a brace that belongs to none is one too, so that a broken format has no equal.</summary>
    internal static IEnumerable<string> Placeholders(string format) =>
        Braces().Matches(format).Select(found => found.Value).Where(found => found is not ("{{" or "}}")).Order(StringComparer.Ordinal);

    private static string Resource(string language) => $"bundle.l10n.{language}.json";

    private static Dictionary<string, string> Read(string language)
    {
        using var bundle = typeof(Translations).Assembly.GetManifestResourceStream(Resource(language))!;
        using var json = JsonDocument.Parse(bundle);
        return json.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"\{\{|\}\}|\{\d+[^{}]*\}|[{}]")]
    private static partial Regex Braces();
}
