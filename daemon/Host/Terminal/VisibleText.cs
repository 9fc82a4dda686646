using System.Globalization;
using System.Text;

namespace MoeDevtools.Host.Terminal;

/// <summary>Text from models and files, made safe and visible: no escape sequence, line break or invisible character reaches the terminal.</summary>
internal static class VisibleText
{
    /// <summary>Control characters, marks that reorder text and lone surrogates as escapes: <c>\n</c>, <c>\e</c>, <c>\x07</c>, <c>\u202E</c>.</summary>
    /// <param name="keepLineBreaks">Leaves <c>\n</c>: for messages of several lines.</param>
    public static string Escape(string text, bool keepLineBreaks = false)
    {
        StringBuilder? escaped = null;
        int clean = 0, at = 0;
        while (at < text.Length)
        {
            bool valid = Rune.TryGetRuneAt(text, at, out var rune);
            int length = valid ? rune.Utf16SequenceLength : 1;
            if (!valid || (MustEscape(rune) && !(keepLineBreaks && rune.Value == '\n')))
            {
                escaped ??= new StringBuilder(text.Length + 8);
                escaped.Append(text, clean, at - clean);
                escaped.Append(EscapeOf(valid ? rune.Value : text[at]));
                clean = at + length;
            }

            at += length;
        }

        return escaped is null ? text : escaped.Append(text, clean, text.Length - clean).ToString();
    }

    /// <summary>
    /// A token in quotes as people read it: spaces at its borders as <c>·</c>, line breaks as <c>\n</c>. A real middle dot is escaped, so that each
    /// shown text means one token text. Without Unicode, spaces stay spaces between the quotes.
    /// </summary>
    public static string Token(string text, Glyphs glyphs)
    {
        int first = 0, last = text.Length;
        while (first < last && text[first] == ' ')
        {
            first++;
        }

        while (last > first && text[last - 1] == ' ')
        {
            last--;
        }

        char space = glyphs.Unicode ? '·' : ' ';
        var shown = new StringBuilder(text.Length + 2);
        shown.Append('"').Append(space, first);
        int at = first;
        while (at < last)
        {
            int length = StringInfo.GetNextTextElementLength(text, at);
            string element = text.Substring(at, length);
            // A mark or joiner without a letter before it would sit on the quote, or show as nothing.
            bool floating = Rune.TryGetRuneAt(element, 0, out var rune) && TextWidth.Of(element) == 0 && !MustEscape(rune);
            shown.Append(element switch
            {
                "\"" => "\\\"",
                "\\" => "\\\\",
                "·" when glyphs.Unicode => "\\u00B7",
                _ when floating => string.Concat(element.EnumerateRunes().Select(each => EscapeOf(each.Value))),
                _ => Escape(element),
            });
            at += length;
        }

        return glyphs.Fold(shown.Append(space, text.Length - last).Append('"').ToString());
    }

    private static bool MustEscape(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
        || rune.Value is 0x200E or 0x200F or 0x061C or 0xFEFF or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    private static string EscapeOf(int value) => value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        0x1B => "\\e",
        < 0x20 or 0x7F => $"\\x{value:X2}",
        <= 0xFFFF => $"\\u{value:X4}",
        _ => $"\\U{value:X8}",
    };
}
