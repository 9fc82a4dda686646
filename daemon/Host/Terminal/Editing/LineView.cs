using System.Globalization;
using System.Text;

namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>The part of an edited line that is on the screen: one row, scrolled sideways so that the cursor is in sight.</summary>
/// <param name="Row">Prompt and text, at most width - 1 columns.</param>
/// <param name="CursorColumn">0 = first column of the row.</param>
internal readonly record struct LineView(string Row, int CursorColumn)
{
    /// <param name="cursor">UTF-16 index in the text.</param>
    /// <param name="width">Columns of the terminal; the last stays free for the cursor.</param>
    public static LineView Of(string prompt, string text, int cursor, int width, Glyphs glyphs)
    {
        prompt = TextLayout.TruncateStart(glyphs.Fold(prompt), Math.Max(1, width / 2), glyphs);
        int left = TextWidth.Of(prompt);
        int room = width - 1 - left;
        var elements = Elements(text, glyphs);
        int total = elements.Sum(element => element.Width);
        int before = elements.Where(element => element.At < cursor).Sum(element => element.Width);
        if (total <= room)
        {
            return new LineView(prompt + string.Concat(elements.Select(element => element.Shown)), left + before);
        }

        // Two columns for the marks of what is cut off; the cursor a third from the right, where there is text to the right.
        int inner = room - 2;
        int start = Math.Clamp(before - (inner * 2 / 3), 0, Math.Max(0, total - inner));
        var row = new StringBuilder(prompt).Append(start > 0 ? '<' : ' ');
        int column = 0, shownFrom = -1, used = 0;
        foreach (var (_, shown, columns) in elements)
        {
            if (column >= start && used + columns <= inner)
            {
                shownFrom = shownFrom < 0 ? column : shownFrom;
                row.Append(shown);
                used += columns;
            }

            column += columns;
        }

        bool cut = shownFrom + used < total;
        return new LineView(row.Append(cut ? ">" : "").ToString(), left + 1 + Math.Clamp(before - shownFrom, 0, inner));
    }

    private static List<(int At, string Shown, int Width)> Elements(string text, Glyphs glyphs)
    {
        var elements = new List<(int, string, int)>();
        for (int at = 0; at < text.Length;)
        {
            int length = StringInfo.GetNextTextElementLength(text, at);
            string shown = glyphs.Fold(VisibleText.Escape(text.Substring(at, length)));
            elements.Add((at, shown, TextWidth.Of(shown)));
            at += length;
        }

        return elements;
    }
}
