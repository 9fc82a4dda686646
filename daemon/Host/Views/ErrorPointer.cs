using System.Text;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Views;

/// <summary>Shows on stderr where in a text an error is: the text, and <c>^</c> under the place.</summary>
internal static class ErrorPointer
{
    /// <param name="text">What the person wrote.</param>
    /// <param name="before">Characters of it before the part that the error counts its columns in.</param>
    public static void Write(Screen screen, string text, int before, ConditionError error)
    {
        var start = Math.Min(text.Length, before + Utf16Length(text[before..], error.Column - 1));
        var end = Math.Min(text.Length, start + Utf16Length(text[start..], error.Length));
        var (left, marked, right) = (Shown(text[..start]), Shown(text[start..end]), Shown(text[end..]));
        var room = screen.Width - 2;
        left = TextLayout.TruncateStart(left, Math.Max(4, room - Math.Min(TextWidth.Of(marked), room / 2)), screen.Glyphs);
        screen.WriteErrorLine("  " + TextLayout.Truncate(left + marked + right, room, screen.Glyphs));
        var at = TextWidth.Of(left);
        screen.WriteErrorLine("  " + new string(' ', at), new Styled(new string('^', Math.Clamp(TextWidth.Of(marked), 1, Math.Max(1, room - at))), Tone.Anomaly));

        string Shown(string part) => screen.Glyphs.Fold(VisibleText.Escape(part));
    }

    private static int Utf16Length(string text, int codePoints) => text.EnumerateRunes().Take(codePoints).Sum((Rune rune) => rune.Utf16SequenceLength);
}
