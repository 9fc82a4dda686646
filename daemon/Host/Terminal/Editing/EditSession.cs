namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>One line from its first key to Enter: keys in, state out. Knows no terminal.</summary>
/// <param name="complete">Line and cursor to candidates.</param>
internal sealed class EditSession(History history, Func<string, int, CompletionSet> complete)
{
    private readonly LineBuffer _line = new();
    private int _at = history.Lines.Count; // in the history; Count = the new line
    private string _draft = "";            // the new line while an old one is shown
    private string? _query;                // not null while searching
    private int _match;                    // index in the history where the search stands
    private string _beforeSearch = "";

    public string Text => _line.Text;

    public int Cursor => _line.Cursor;

    /// <summary>Shown in place of the prompt while searching; null otherwise.</summary>
    public string? SearchPrompt => _query is null ? null : $"search \"{_query}\": ";

    /// <summary>With <see cref="EditOutcome.List"/>: the candidates.</summary>
    public IReadOnlyList<string> Listing { get; private set; } = [];

    public EditOutcome Handle(Key key) => _query is null ? Edit(key) : SearchOn(key);

    private EditOutcome Edit(Key key)
    {
        switch (key.Kind)
        {
            case KeyKind.Enter:
                return EditOutcome.Accepted;
            case KeyKind.Cancel:
                return EditOutcome.Cancelled;
            case KeyKind.ClearScreen:
                return EditOutcome.ClearScreen;
            case KeyKind.DeleteOrEnd when Text.Length == 0:
                return EditOutcome.EndOfInput;
            case KeyKind.Tab:
                return Complete();
            case KeyKind.Search:
                (_query, _match, _beforeSearch) = ("", history.Lines.Count, Text);
                break;
            case KeyKind.Up:
                Recall(_at - 1);
                break;
            case KeyKind.Down:
                Recall(_at + 1);
                break;
            default:
                Change(key);
                break;
        }

        return EditOutcome.Editing;
    }

    private void Change(Key key)
    {
        switch (key.Kind)
        {
            case KeyKind.Text: _line.Insert(key.Text); break;
            case KeyKind.Backspace: _line.Backspace(); break;
            case KeyKind.Delete or KeyKind.DeleteOrEnd: _line.Delete(); break;
            case KeyKind.Left: _line.Left(); break;
            case KeyKind.Right: _line.Right(); break;
            case KeyKind.WordLeft: _line.WordLeft(); break;
            case KeyKind.WordRight: _line.WordRight(); break;
            case KeyKind.Home: _line.Home(); break;
            case KeyKind.End: _line.End(); break;
            case KeyKind.KillToEnd: _line.KillToEnd(); break;
            case KeyKind.KillToStart: _line.KillToStart(); break;
            case KeyKind.KillWordLeft: _line.KillWordLeft(); break;
            case KeyKind.KillWordRight: _line.KillWordRight(); break;
            case KeyKind.Yank: _line.Yank(); break;
        }
    }

    private void Recall(int at)
    {
        if (at < 0 || at > history.Lines.Count)
        {
            return;
        }

        if (_at == history.Lines.Count)
        {
            _draft = Text;
        }

        _at = at;
        _line.Set(at == history.Lines.Count ? _draft : history.Lines[at]);
    }

    private EditOutcome Complete()
    {
        var set = complete(Text, Cursor);
        if (set.Candidates.Count == 0)
        {
            return EditOutcome.Editing;
        }

        if (set.Candidates is [var only])
        {
            bool space = only.Length > 0 && char.IsLetterOrDigit(only[^1]) && (Cursor == Text.Length || Text[Cursor] != ' ');
            _line.Replace(set.Start, Cursor, space ? only + " " : only);
            return EditOutcome.Editing;
        }

        string prefix = set.CommonPrefix();
        if (prefix.Length > Cursor - set.Start)
        {
            _line.Replace(set.Start, Cursor, prefix);
            return EditOutcome.Editing;
        }

        Listing = set.Candidates;
        return EditOutcome.List;
    }

    private EditOutcome SearchOn(Key key)
    {
        switch (key.Kind)
        {
            case KeyKind.Text:
                _query += key.Text;
                Find(Math.Min(_match, history.Lines.Count - 1));
                return EditOutcome.Editing;
            case KeyKind.Backspace:
                var query = new LineBuffer();
                query.Set(_query!);
                query.Backspace();
                _query = query.Text;
                Find(history.Lines.Count - 1);
                return EditOutcome.Editing;
            case KeyKind.Search:
                Find(_match - 1);
                return EditOutcome.Editing;
            case KeyKind.Leave or KeyKind.Cancel:
                _query = null;
                _line.Set(_beforeSearch);
                return EditOutcome.Editing;
            default:
                _query = null;
                _at = Math.Min(_match, history.Lines.Count);
                return Edit(key); // any other key works on the line that was found
        }
    }

    /// <summary>The newest line from <paramref name="from"/> back that has the query; without one the line stays.</summary>
    private void Find(int from)
    {
        for (int i = from; i >= 0 && _query!.Length > 0; i--)
        {
            if (history.Lines[i].Contains(_query, StringComparison.OrdinalIgnoreCase))
            {
                _match = i;
                _line.Set(history.Lines[i]);
                return;
            }
        }
    }
}
