using System.Text;

namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>
/// Lines from a person: with editing, history and completion at a terminal, plainly from anywhere else. One thread at a time.
/// </summary>
/// <remarks>
/// The terminal is raw only inside <see cref="ReadLine"/>: while a command runs, Ctrl-C is a signal again. What was typed or pasted ahead is
/// kept for the next line.
/// </remarks>
internal sealed class LineEditor
{
    private const int LookAtWidthAndCancel = 250; // ms
    private const int EscapeAlone = 50;           // ms after which Escape is a key and not the beginning of one
    private const int MostListedRows = 12;

    private readonly Screen _screen;
    private readonly Func<string, int, CompletionSet> _complete;
    private readonly PlainLines _plain = new();
    private readonly KeyDecoder _decoder = new();
    private readonly Queue<Key> _keys = new();
    private int _shownWidth;

    /// <param name="complete">Called on Tab with the line and the cursor (UTF-16 index).</param>
    public LineEditor(Screen screen, History history, Func<string, int, CompletionSet> complete)
    {
        _screen = screen;
        _complete = complete;
        History = history;
    }

    public History History { get; }

    /// <summary>The next line without its line break; null where the input has ended (Ctrl-D, closed stdin).</summary>
    /// <param name="prompt">Plain text; not shown where stdin is no terminal.</param>
    /// <exception cref="OperationCanceledException">SIGTERM, or Ctrl-C where the terminal is not raw.</exception>
    public string? ReadLine(string prompt, CancellationToken cancel)
    {
        using var raw = _screen.Traits.CanEdit ? RawMode.Enter() : null;
        if (raw is null)
        {
            if (_screen.Traits is { InputIsTerminal: true, OutputIsTerminal: true })
            {
                _screen.Write(prompt);
            }

            return _plain.Read(cancel);
        }

        _screen.WriteRaw("\e[?2004h"); // bracketed paste
        try
        {
            return Edit(prompt, cancel);
        }
        finally
        {
            _screen.WriteRaw("\e[?2004l");
        }
    }

    private string? Edit(string prompt, CancellationToken cancel)
    {
        var session = new EditSession(History, _complete);
        while (true)
        {
            while (_keys.TryDequeue(out var key))
            {
                switch (session.Handle(key))
                {
                    case EditOutcome.Accepted:
                        // Whole, not only the part in sight, so that it can be read and copied later.
                        _screen.WriteRaw($"\r{_screen.Glyphs.Fold(prompt + VisibleText.Escape(session.Text))}\e[K\n");
                        History.Add(session.Text);
                        return session.Text;
                    case EditOutcome.Cancelled:
                        Show(session, prompt);
                        _screen.WriteRaw("^C\e[K\n");
                        _keys.Clear();
                        session = new EditSession(History, _complete);
                        break;
                    case EditOutcome.EndOfInput:
                        _screen.WriteRaw($"\r{_screen.Glyphs.Fold(prompt)}\e[K\n");
                        return null;
                    case EditOutcome.ClearScreen:
                        _screen.WriteRaw("\e[H\e[2J");
                        break;
                    case EditOutcome.List:
                        Show(session, prompt);
                        _screen.WriteRaw("\n" + string.Concat(InColumns(session.Listing, _screen.Width, _screen.Glyphs).Select(row => row + "\n")));
                        break;
                }
            }

            Show(session, prompt);
            if (!ReadKeys(session, prompt, cancel))
            {
                _screen.WriteRaw("\n");
                return session.Text.Length > 0 ? session.Text : null;
            }
        }
    }

    /// <summary>Waits for keys, redrawing when the window changes its width; false at the end of the input.</summary>
    private bool ReadKeys(EditSession session, string prompt, CancellationToken cancel)
    {
        Span<byte> bytes = stackalloc byte[4096];
        while (_keys.Count == 0)
        {
            cancel.ThrowIfCancellationRequested();
            if (StandardInput.Wait(_decoder.IsWaiting ? EscapeAlone : LookAtWidthAndCancel))
            {
                int count = StandardInput.Read(bytes);
                if (count == 0)
                {
                    return false;
                }

                _decoder.Feed(bytes[..count], _keys);
            }
            else if (_decoder.IsWaiting)
            {
                _decoder.Flush(_keys);
            }

            if (_screen.Width != _shownWidth)
            {
                Show(session, prompt);
            }
        }

        return true;
    }

    private void Show(EditSession session, string prompt)
    {
        _shownWidth = _screen.Width;
        var view = LineView.Of(session.SearchPrompt ?? prompt, session.Text, session.Cursor, _shownWidth, _screen.Glyphs);
        // Clears to the end of the screen: a narrowed window may have wrapped the row.
        _screen.WriteRaw($"\r{view.Row}\e[J\r" + (view.CursorColumn > 0 ? $"\e[{view.CursorColumn}C" : ""));
    }

    /// <summary>Candidates in columns read downwards, like a shell's list.</summary>
    internal static IReadOnlyList<string> InColumns(IReadOnlyList<string> candidates, int width, Glyphs glyphs)
    {
        var shown = candidates.Select(candidate => TextLayout.Truncate(glyphs.Fold(VisibleText.Escape(candidate)), width - 2, glyphs)).ToList();
        int column = shown.Max(each => TextWidth.Of(each)) + 2;
        int columns = Math.Max(1, width / column);
        int rows = (shown.Count + columns - 1) / columns;
        var lines = new List<string>();
        for (int row = 0; row < Math.Min(rows, MostListedRows); row++)
        {
            var line = new StringBuilder();
            for (int at = row; at < shown.Count; at += rows)
            {
                line.Append(TextLayout.Pad(shown[at], column, Align.Left));
            }

            lines.Add(line.ToString().TrimEnd(' '));
        }

        if (rows > MostListedRows)
        {
            lines.Add($"{glyphs.Ellipsis} {Numbers.Count(rows - MostListedRows)} more rows; type more to narrow the list");
        }

        return lines;
    }
}
