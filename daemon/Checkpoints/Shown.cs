using System.Text;

namespace MoeDevtools.Checkpoints;

/// <summary>Text from a file, made fit for an error message: short, one line, without control characters that a terminal would obey.</summary>
internal static class Shown
{
    private const int MostCharacters = 120;
    private const int MostItems = 5;

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

    public static string Shape(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>The first few of them, and how many more there are.</summary>
    public static string List(IReadOnlyCollection<string> items)
    {
        string shown = string.Join(", ", items.Take(MostItems).Select(Text));
        return items.Count <= MostItems ? shown : $"{shown} and {items.Count - MostItems} more";
    }

    private static bool IsUnfit(char c) => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029';
}
