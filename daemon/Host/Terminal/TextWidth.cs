using System.Globalization;
using System.Text;

namespace MoeDevtools.Host.Terminal;

/// <summary>How many columns text takes in a terminal. Expects no control characters (<see cref="VisibleText"/> shows them as escapes).</summary>
internal static class TextWidth
{
    private const int ZeroWidthJoiner = 0x200D;
    private const int EmojiPresentation = 0xFE0F;

    /// <summary>Columns of the whole text.</summary>
    public static int Of(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
        {
            return text.Length;
        }

        int width = 0;
        while (!text.IsEmpty)
        {
            int length = StringInfo.GetNextTextElementLength(text);
            width += OfElement(text[..length]);
            text = text[length..];
        }

        return width;
    }

    /// <summary>
    /// Columns of one text element (grapheme cluster). Emoji sequences are drawn as one picture of two columns; elsewhere the columns of the
    /// characters add up, as terminals count them.
    /// </summary>
    public static int OfElement(ReadOnlySpan<char> element)
    {
        int sum = 0, runes = 0;
        bool picture = false;
        foreach (var rune in element.EnumerateRunes())
        {
            runes++;
            sum += OfRune(rune);
            picture |= rune.Value is EmojiPresentation
                || (rune.Value == ZeroWidthJoiner && sum >= 2)
                || (runes > 1 && rune.Value is >= 0x1F3FB and <= 0x1F3FF)  // skin tones
                || (runes > 1 && rune.Value is >= 0x1F1E6 and <= 0x1F1FF); // two letters of a flag
        }

        return picture && runes > 1 ? 2 : sum;
    }

    private static int OfRune(Rune rune)
    {
        if (rune.Value is >= 0x1160 and <= 0x11FF)
        {
            return 0; // vowels and finals of Hangul join the leading consonant before them
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
            UnicodeCategory.Format => rune.Value == 0xAD ? 1 : 0, // a soft hyphen is drawn
            UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => 0,
            _ => WideCharacters.Contains(rune) ? 2 : 1,
        };
    }
}
