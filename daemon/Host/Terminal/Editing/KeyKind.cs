namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>Keys by what they do; which bytes mean which is in <see cref="KeyDecoder"/>.</summary>
internal enum KeyKind
{
    Text,
    Enter,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    Up,
    Down,
    KillToEnd,
    KillToStart,
    KillWordLeft,
    KillWordRight,
    Yank,
    Search,
    ClearScreen,

    /// <summary>Ctrl-C.</summary>
    Cancel,

    /// <summary>Ctrl-D: deletes, or ends the input on an empty line.</summary>
    DeleteOrEnd,

    /// <summary>Escape or Ctrl-G: leaves the search.</summary>
    Leave,
}
