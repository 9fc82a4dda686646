using System.Text;
using System.Text.RegularExpressions;

namespace MoeDevtools.Tests.House;

/// <summary>The user errors in the sources, and the page that lists them.</summary>
internal static partial class ErrorCatalogue
{
    /// <summary>The first two digits of an id, and where they do not say it, the first.</summary>
    private static readonly (string Digits, string Title)[] Groups =
    [
        ("10", "Checkpoint files"), ("11", "Configuration"), ("12", "Tokenizer"), ("13", "Chat template"), ("2", "Models and backends"),
        ("30", "Breakpoints and conditions"), ("31", "Interventions"), ("4", "Debug session"), ("5", "Capture and datasets"),
        ("6", "Analysis"), ("72", "Formats of other tools"), ("73", "Formats of other tools"), ("7", "Traces"), ("9", "Command line"),
    ];

    /// <summary>Every place in the sources that owns an id, in the order of the ids; a comparison with an id owns nothing.</summary>
    public static IReadOnlyList<ErrorPlace> Places() =>
        [.. from file in Repository.Files("daemon", "*.cs") from place in PlacesIn(file, Repository.Read(file)) orderby place.Id select place];

    public static IEnumerable<ErrorPlace> PlacesIn(string file, string source)
    {
        foreach (Match id in Id().Matches(source))
        {
            var line = source.AsSpan(0, id.Index).Count('\n') + 1;
            var isCall = id.Groups["next"].Value == ",";
            if (!isCall && !IsConstant().IsMatch(source[..id.Index]))
                continue;
            var arguments = isCall ? CSharpText.Arguments(source, id.Index + id.Length) : [];
            var sentences = arguments.Where(CSharpText.IsInterpolated).Select(CSharpText.Sentence).ToList();
            yield return new ErrorPlace(id.Groups["id"].Value, sentences.ElementAtOrDefault(0), sentences.ElementAtOrDefault(1), $"{file}:{line}");
        }
    }

    public static string Page(IEnumerable<ErrorPlace> places)
    {
        var page = new StringBuilder("""
            # Errors

            Every error that a person can act on has an id, says what was found, and what to do next. `{name}` stands for a fact, `{…}` for one
            that is put together from several. The first digits of an id name the stage. This page is written from the sources by
            `MOE_WRITE_DOCS=1 ./test dotnet`.

            """);
        string? title = null;
        foreach (var place in places)
        {
            if (TitleOf(place.Id) is var next && next != title)
                page.Append($"\n## {title = next}\n\n");
            page.Append($"- **{place.Id}** ");
            page.Append(place.Facts is null ? "What it says depends on what happened." : Code(place.Facts)).Append('\n');
            if (place.Advice is not null)
                page.Append($"  - {Code(place.Advice)}\n");
        }
        return page.ToString();
    }

    /// <summary>Null for an id whose digits belong to no group.</summary>
    public static string? TitleOf(string id) =>
        Groups.FirstOrDefault(group => id.AsSpan("MOE".Length).StartsWith(group.Digits, StringComparison.Ordinal)).Title;

    private static string Code(string text) => text.Contains('`', StringComparison.Ordinal) ? $"`` {text} ``" : $"`{text}`";

    [GeneratedRegex("""(?<!^\s*//.*)"(?<id>MOE\d{4})"(?=\s*(?<next>\S))""", RegexOptions.Multiline)]
    private static partial Regex Id();

    [GeneratedRegex(@"const\s+string\s+\w+\s*=\s*$")]
    private static partial Regex IsConstant();
}
