namespace MoeDevtools.Debugging;

/// <summary>The order in which a model comes to its decisions.</summary>
internal static class CursorOrder
{
    public static bool IsBefore(this Cursor a, Cursor b) =>
        (a.Step, a.Pass, a.Router, a.Row).CompareTo((b.Step, b.Pass, b.Router, b.Row)) < 0;
}
