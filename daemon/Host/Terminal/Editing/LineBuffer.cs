using System.Globalization;

namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>The line being edited and the cursor in it, which never stands inside a text element.</summary>
internal sealed class LineBuffer
{
    private string _killed = "";

    public string Text { get; private set; } = "";

    /// <summary>UTF-16 index, 0..Text.Length.</summary>
    public int Cursor { get; private set; }

    public void Set(string text) => (Text, Cursor) = (text, text.Length);

    /// <summary>Replaces <c>[start, end)</c>; the cursor goes behind what came in.</summary>
    public void Replace(int start, int end, string with)
    {
        Text = string.Concat(Text.AsSpan(0, start), with, Text.AsSpan(end));
        Cursor = start + with.Length;
    }

    public void Insert(string text) => Replace(Cursor, Cursor, text);

    public void Left() => Cursor = Before(Cursor);

    public void Right() => Cursor = After(Cursor);

    public void Home() => Cursor = 0;

    public void End() => Cursor = Text.Length;

    public void WordLeft() => Cursor = WordStart();

    public void WordRight() => Cursor = WordEnd();

    public void Backspace() => Replace(Before(Cursor), Cursor, "");

    public void Delete() => Replace(Cursor, After(Cursor), "");

    public void KillToEnd() => Kill(Cursor, Text.Length);

    public void KillToStart() => Kill(0, Cursor);

    /// <summary>As Ctrl-W does in a shell: back to a space.</summary>
    public void KillWordLeft()
    {
        int start = Cursor;
        while (start > 0 && Text[start - 1] == ' ')
        {
            start--;
        }

        while (start > 0 && Text[start - 1] != ' ')
        {
            start--;
        }

        Kill(start, Cursor);
    }

    public void KillWordRight() => Kill(Cursor, WordEnd());

    public void Yank() => Insert(_killed);

    private void Kill(int start, int end)
    {
        if (start < end)
        {
            _killed = Text[start..end];
            Replace(start, end, "");
        }
    }

    private int After(int at) => at < Text.Length ? at + StringInfo.GetNextTextElementLength(Text, at) : at;

    private int Before(int at)
    {
        int element = 0;
        for (int next = 0; next < at; next = After(next))
        {
            element = next;
        }

        return element;
    }

    private int WordStart()
    {
        int at = Cursor;
        while (at > 0 && !IsWord(Text[at - 1]))
        {
            at--;
        }

        while (at > 0 && IsWord(Text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private int WordEnd()
    {
        int at = Cursor;
        while (at < Text.Length && !IsWord(Text[at]))
        {
            at++;
        }

        while (at < Text.Length && IsWord(Text[at]))
        {
            at++;
        }

        return at;
    }

    // Surrogates and marks belong to words, so that a word's end is never inside a text element.
    private static bool IsWord(char each) => char.IsLetterOrDigit(each) || each == '_' || each > '\u007F';
}
