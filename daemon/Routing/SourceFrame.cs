namespace MoeDevtools.Routing;

/// <summary>One line of a program's stack.</summary>
/// <param name="Path">Of the file, as the program knows it.</param>
/// <param name="Line">From 1; 0 = unknown.</param>
public sealed record SourceFrame(string Path, int Line, string Function)
{
    /// <summary><c>/projects/moe/train.py:81 forward</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Path}:{Line} {Function}");
}
