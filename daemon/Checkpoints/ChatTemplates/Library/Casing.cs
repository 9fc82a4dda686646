using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>Python's upper and lower case: .NET's simple mapping, and the letters of Unicode's SpecialCasing that occur in running text.</summary>
internal static class Casing
{
    public static string Upper(string text) => text.ToUpperInvariant()
        .Replace("ß", "SS", StringComparison.Ordinal)
        .Replace("ŉ", "ʼN", StringComparison.Ordinal)
        .Replace("ﬀ", "FF", StringComparison.Ordinal)
        .Replace("ﬁ", "FI", StringComparison.Ordinal)
        .Replace("ﬂ", "FL", StringComparison.Ordinal)
        .Replace("ﬃ", "FFI", StringComparison.Ordinal)
        .Replace("ﬄ", "FFL", StringComparison.Ordinal);

    public static string Lower(string text)
    {
        var lower = text.ToLowerInvariant().Replace("İ", "i̇", StringComparison.Ordinal);
        if (!text.Contains('Σ', StringComparison.Ordinal))
        {
            return lower;
        }

        // A sigma that ends a word has a form of its own.
        var result = new StringBuilder(lower);
        for (var i = 0; i < lower.Length && lower.Length == text.Length; i++)
        {
            if (text[i] == 'Σ' && i > 0 && char.IsLetter(text[i - 1]) && (i + 1 == text.Length || !char.IsLetter(text[i + 1])))
            {
                result[i] = 'ς';
            }
        }

        return result.ToString();
    }

    public static string Capitalize(string text) => text.Length == 0
        ? text
        : FirstUpper(text, CodePoints.Width(text, 0));

    /// <summary>str.title: a letter after what is no letter begins a word.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder();
        var inWord = false;
        foreach (var point in CodePoints.Each(text))
        {
            result.Append(inWord ? Lower(point) : FirstUpper(point, point.Length));
            inWord = Rune.IsLetter(Rune.GetRuneAt(Valid(point), 0));
        }

        return result.ToString();
    }

    public static string Swapped(string text)
    {
        var result = new StringBuilder();
        foreach (var point in CodePoints.Each(text))
        {
            result.Append(Rune.IsUpper(Rune.GetRuneAt(Valid(point), 0)) ? Lower(point) : Upper(point));
        }

        return result.ToString();
    }

    /// <summary>Lone surrogates, which a template's own \u escapes can make, have no properties.</summary>
    public static string Valid(string point) => point.Length == 1 && char.IsSurrogate(point[0]) ? "\uFFFD" : point;

    private static string FirstUpper(string text, int width)
    {
        var first = Upper(text[..width]);
        // Title case: SS at a word's head is Ss.
        return (first.Length > width ? first[..1] + Lower(first[1..]) : first) + Lower(text[width..]);
    }
}
