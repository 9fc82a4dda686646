using System.Text;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Strings as Python sees them: a sequence of code points, not of UTF-16 units.</summary>
internal static class CodePoints
{
    public static bool IsSimple(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0;

    public static int Count(string text)
    {
        if (IsSimple(text))
        {
            return text.Length;
        }

        var count = 0;
        for (var i = 0; i < text.Length; i += Width(text, i))
        {
            count++;
        }

        return count;
    }

    /// <summary>UTF-16 units of the code point at <paramref name="index"/>.</summary>
    public static int Width(string text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]) ? 2 : 1;

    /// <summary>The code point that begins at a UTF-16 index, as text.</summary>
    public static string At(string text, int index) => text.Substring(index, Width(text, index));

    public static IEnumerable<string> Each(string text)
    {
        for (var i = 0; i < text.Length; i += Width(text, i))
        {
            yield return At(text, i);
        }
    }

    /// <summary>The UTF-16 index of the code point number <paramref name="index"/>; the length when there are not so many.</summary>
    public static int Offset(string text, long index)
    {
        if (IsSimple(text))
        {
            return (int)Math.Min(index, text.Length);
        }

        var i = 0;
        for (; index > 0 && i < text.Length; index--)
        {
            i += Width(text, i);
        }

        return i;
    }

    public static string Reversed(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var point in Each(text).Reverse())
        {
            result.Append(point);
        }

        return result.ToString();
    }

    /// <summary>Order by code point; UTF-16 order differs above U+FFFF.</summary>
    public static int Compare(string left, string right)
    {
        var i = left.AsSpan().CommonPrefixLength(right);
        if (i == left.Length || i == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        var (a, b) = (left[i], right[i]);
        return char.IsSurrogate(a) != char.IsSurrogate(b) ? (char.IsSurrogate(a) ? 1 : -1) : a.CompareTo(b);
    }
}
