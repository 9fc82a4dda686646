using System.Globalization;
using System.Text;

namespace MoeDevtools.Host.Terminal;

/// <summary>Cutting, padding and wrapping by columns, never inside a text element.</summary>
internal static class TextLayout
{
    private const string NoLineBegins = "、。，．：；！？）」』】》〉ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;!?)]}\"'…";
    private const string NoLineEnds = "（「『【《〈([{";

    /// <summary>The text if it fits into <paramref name="width"/> columns, else its beginning and an ellipsis.</summary>
    public static string Truncate(string text, int width, Glyphs glyphs)
    {
        if (TextWidth.Of(text) <= width)
        {
            return text;
        }

        string ellipsis = glyphs.Ellipsis;
        int room = width - ellipsis.Length;
        return room < 0 ? ellipsis[..Math.Max(0, width)] : string.Concat(Prefix(text, room), ellipsis);
    }

    /// <summary>The text if it fits, else an ellipsis and its end: for paths and module names, whose end tells them apart.</summary>
    public static string TruncateStart(string text, int width, Glyphs glyphs)
    {
        if (TextWidth.Of(text) <= width)
        {
            return text;
        }

        string ellipsis = glyphs.Ellipsis;
        int room = width - ellipsis.Length;
        if (room < 0)
        {
            return ellipsis[..Math.Max(0, width)];
        }

        int total = TextWidth.Of(text), at = 0;
        while (total > room)
        {
            int length = StringInfo.GetNextTextElementLength(text, at);
            total -= TextWidth.OfElement(text.AsSpan(at, length));
            at += length;
        }

        return string.Concat(ellipsis, text.AsSpan(at));
    }

    /// <summary>As many whole text elements from the beginning as fit into <paramref name="width"/> columns.</summary>
    public static ReadOnlySpan<char> Prefix(string text, int width)
    {
        int at = 0, used = 0;
        while (at < text.Length)
        {
            int length = StringInfo.GetNextTextElementLength(text, at);
            used += TextWidth.OfElement(text.AsSpan(at, length));
            if (used > width)
            {
                break;
            }

            at += length;
        }

        return text.AsSpan(0, at);
    }

    /// <summary>Padded with spaces to <paramref name="width"/> columns; longer text stays as it is.</summary>
    public static string Pad(string text, int width, Align align)
    {
        int missing = width - TextWidth.Of(text);
        if (missing <= 0)
        {
            return text;
        }

        return align == Align.Right ? new string(' ', missing) + text : text + new string(' ', missing);
    }

    /// <summary>
    /// Lines of at most <paramref name="width"/> columns, broken at spaces and between wide characters. A word that is longer stays whole, so that a path can be copied.
    /// Line breaks of the text stay, and so do the spaces at the beginning of its lines.
    /// </summary>
    /// <param name="indent">Columns before each line; counted in the width.</param>
    /// <param name="firstIndent">Columns that other text has taken before the first line, which then gets no indent; null = none.</param>
    public static IReadOnlyList<string> Wrap(string text, int width, int indent = 0, int? firstIndent = null)
    {
        var lines = new List<string>();
        foreach (string paragraph in text.Split('\n'))
        {
            WrapParagraph(paragraph, width, indent, lines.Count == 0 ? firstIndent : null, lines);
        }

        return lines;
    }

    private static void WrapParagraph(string paragraph, int width, int indent, int? taken, List<string> lines)
    {
        int own = paragraph.Length - paragraph.TrimStart(' ').Length;
        var line = new StringBuilder();
        line.Append(' ', (taken is null ? indent : 0) + own);
        int used = (taken ?? indent) + own;
        bool empty = true;
        foreach (var (word, spaced) in Words(paragraph).SelectMany(Pieces))
        {
            int columns = TextWidth.Of(word);
            if (!empty && used + (spaced ? 1 : 0) + columns > width)
            {
                lines.Add(line.ToString());
                line.Clear().Append(' ', indent + own);
                used = indent + own;
                empty = true;
            }

            if (!empty && spaced)
            {
                line.Append(' ');
                used++;
            }

            line.Append(word);
            used += columns;
            empty = false;
        }

        lines.Add(line.ToString());
    }

    /// <summary>What spaces separate; a sign that stands alone, as in French, goes with the word before it.</summary>
    private static List<string> Words(string paragraph)
    {
        var words = new List<string>();
        foreach (string word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (words.Count > 0 && word is (":" or ";" or "?" or "!")) words[^1] += " " + word;
            else words.Add(word);
        }

        return words;
    }

    /// <summary>A word in the pieces between which a line may be broken: Japanese and Chinese have no spaces. The first has a space before it.</summary>
    private static IEnumerable<(string Text, bool Spaced)> Pieces(string word)
    {
        int start = 0;
        bool wide = false;
        for (int at = 0, length; !Ascii.IsValid(word) && at < word.Length; at += length)
        {
            length = StringInfo.GetNextTextElementLength(word, at);
            bool wasWide = wide;
            wide = TextWidth.OfElement(word.AsSpan(at, length)) == 2;
            if (at > start && (wide || wasWide) && !NoLineBegins.Contains(word[at]) && !NoLineEnds.Contains(word[at - 1]))
            {
                yield return (word[start..at], start == 0);
                start = at;
            }
        }

        yield return (word[start..], start == 0);
    }
}
