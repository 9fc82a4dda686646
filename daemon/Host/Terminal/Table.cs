using MoeDevtools.Messages;

namespace MoeDevtools.Host.Terminal;

/// <summary>Columns without borders that always fit the width they are given.</summary>
internal sealed class Table(params Column[] columns)
{
    private const int Gap = 2;
    private readonly List<Cell[]> _rows = [];

    public int Count => _rows.Count;

    /// <summary>One row; missing cells at its end are empty.</summary>
    public void Add(params ReadOnlySpan<Cell> cells)
    {
        if (cells.Length > columns.Length)
        {
            throw new ArgumentException($"{cells.Length} cells for {columns.Length} columns", nameof(cells));
        }

        var row = new Cell[columns.Length];
        row.AsSpan().Fill("");
        cells.CopyTo(row);
        _rows.Add(row);
    }

    /// <summary>Prints headings (unless all are empty) and rows.</summary>
    /// <param name="limit">Rows to print at most; the rest is counted in a last line.</param>
    /// <param name="showAll">What prints all rows, as the reader is told in that line.</param>
    public void Write(Screen screen, int indent = 2, int limit = int.MaxValue, string? showAll = null)
    {
        foreach (var line in Lay(screen.Width, screen.Glyphs, screen.Translations, indent, limit, showAll))
        {
            screen.WriteLine(line);
        }
    }

    /// <summary>The printed lines, none wider than <paramref name="width"/>; pieces of a line with their tones.</summary>
    internal IReadOnlyList<Styled[]> Lay(int width, Glyphs glyphs, Translations language, int indent = 0, int limit = int.MaxValue, string? showAll = null)
    {
        // One row of space, so that a list never ends in "… 1 more" where that one would have fitted.
        int shown = _rows.Count <= limit + 1L ? _rows.Count : limit;
        var headings = Array.ConvertAll(columns, column => (Cell)new Styled(language.Text(column.Heading), Tone.Dim));
        var rows = _rows.Take(shown).Prepend(headings).Select(row => Array.ConvertAll(row, cell => cell with { Text = glyphs.Fold(VisibleText.Escape(cell.Text)) })).ToList();
        int[] kept = Keep(rows, width - indent);
        var keptColumns = Array.ConvertAll(kept, i => columns[i]);
        rows = rows.ConvertAll(row => Array.ConvertAll(kept, i => row[i]));
        int[] widths = Fit(keptColumns, rows, width - indent);

        var lines = new List<Styled[]>(shown + 2);
        lines.AddRange(rows.Skip(Array.TrueForAll(rows[0], heading => heading.Text.Length == 0) ? 1 : 0).Select(row => LayRow(keptColumns, row, widths, glyphs, indent)));
        if (shown < _rows.Count)
        {
            string count = Numbers.Count(_rows.Count - shown);
            string more = glyphs.Fold(showAll is null ? language.Text($"… {count} more") : language.Text($"… {count} more ({showAll})"));
            lines.Add([new string(' ', indent), new Styled(TextLayout.Truncate(more, width - indent, glyphs), Tone.Dim)]);
        }

        return lines;
    }

    private static int GapBefore(int column) => column == 0 ? 0 : Gap;

    /// <summary>The columns that fit when those that give way have given, in their order.</summary>
    private int[] Keep(List<Cell[]> rows, int width)
    {
        int[] natural = Natural(columns, rows);
        int[] least = [.. columns.Select((column, i) => column.GivesWay > 0 ? Math.Min(natural[i], column.MinWidth) : natural[i])];
        var kept = Enumerable.Range(0, columns.Length).ToList();
        while (kept.Sum(i => least[i] + Gap) - Gap > width && kept.MaxBy(i => columns[i].LeftOut) is var last && columns[last].LeftOut > 0)
        {
            kept.Remove(last);
        }

        return [.. kept];
    }

    /// <summary>What each column would take; the first row is that of the headings.</summary>
    private static int[] Natural(Column[] columns, List<Cell[]> rows)
    {
        var widths = new int[columns.Length];
        for (int i = 0; i < widths.Length; i++)
        {
            widths[i] = rows.Max(row => row[i].BarFraction is null ? TextWidth.Of(row[i].Text) : columns[i].BarWidth);
        }

        return widths;
    }

    private static int[] Fit(Column[] columns, List<Cell[]> rows, int width)
    {
        int[] widths = Natural(columns, rows);

        int over = widths.Sum() + (Gap * (widths.Length - 1)) - width;
        foreach (int i in Enumerable.Range(0, widths.Length).Where(i => columns[i].GivesWay > 0).OrderByDescending(i => columns[i].GivesWay))
        {
            int give = Math.Clamp(widths[i] - columns[i].MinWidth, 0, Math.Max(0, over));
            widths[i] -= give;
            over -= give;
        }

        // Still too wide: the widest column gives, whatever was asked for.
        while (over > 0 && widths.Max() > 1)
        {
            widths[Array.IndexOf(widths, widths.Max())]--;
            over--;
        }

        return widths;
    }

    private static Styled[] LayRow(Column[] columns, Cell[] row, int[] widths, Glyphs glyphs, int indent)
    {
        int last = Array.FindLastIndex(row, cell => cell.Text.Length > 0 || cell.BarFraction > 0);
        var pieces = new Styled[last + 2];
        pieces[0] = new string(' ', indent);
        for (int i = 0; i <= last; i++)
        {
            var cell = row[i];
            string text = cell.BarFraction is { } fraction ? Bar.Draw(fraction, widths[i], glyphs)
                : columns[i].KeepsEnd ? TextLayout.TruncateStart(cell.Text, widths[i], glyphs)
                : TextLayout.Truncate(cell.Text, widths[i], glyphs);
            string padded = i == last && columns[i].Align == Align.Left ? text : TextLayout.Pad(text, widths[i], columns[i].Align);
            pieces[i + 1] = new Styled(new string(' ', GapBefore(i)) + padded, cell.Tone);
        }

        return pieces;
    }
}
