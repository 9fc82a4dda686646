using System.Globalization;
using System.Text;

namespace MoeDevtools.Checkpoints;

/// <summary>Text from a file, made fit for an error message: short, one line, no control characters that a terminal would obey.</summary>
internal static class Shown
{
    private const int MostCharacters = 120;
    private const int MostItems = 5;
    private const int MostDimensions = 8;

    public static string Text(string text)
    {
        bool fits = text.Length <= MostCharacters;
        if (fits && !text.Any(IsUnfit))
        {
            return text;
        }
        var shown = new StringBuilder();
        foreach (char c in fits ? text : text.AsSpan(0, MostCharacters))
        {
            shown.Append(IsUnfit(c) ? $"\\u{(int)c:x4}" : c.ToString());
        }
        return fits ? shown.ToString() : shown.Append('…').ToString();
    }

    public static string Shape(ReadOnlySpan<long> shape) =>
        $"[{string.Join(", ", shape[..Math.Min(shape.Length, MostDimensions)].ToArray())}{(shape.Length > MostDimensions ? ", …" : "")}]";

    /// <summary>The first few of them, and how many more there are.</summary>
    public static string List(IReadOnlyCollection<string> items)
    {
        if (items.Count == 0)
        {
            return "none";
        }
        string shown = string.Join(", ", items.Take(MostItems).Select(Text));
        return items.Count <= MostItems ? shown : $"{shown} and {items.Count - MostItems} more";
    }

    private static bool IsUnfit(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
