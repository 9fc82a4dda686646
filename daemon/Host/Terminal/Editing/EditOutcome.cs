namespace MoeDevtools.Host.Terminal.Editing;

internal enum EditOutcome
{
    /// <summary>The line changed or not; show it again.</summary>
    Editing,

    /// <summary>Enter.</summary>
    Accepted,

    /// <summary>Ctrl-C: the line is dropped.</summary>
    Cancelled,

    /// <summary>Ctrl-D on an empty line.</summary>
    EndOfInput,

    /// <summary>Ctrl-L.</summary>
    ClearScreen,

    /// <summary>Tab with several candidates: <see cref="EditSession.Listing"/> is to be shown.</summary>
    List,
}
