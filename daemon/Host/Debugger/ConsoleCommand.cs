namespace MoeDevtools.Host.Debugger;

/// <summary>A command of the debug console.</summary>
/// <param name="Names">The name and its short forms.</param>
/// <param name="Usage">Arguments as a person writes them.</param>
/// <param name="Does">One line for the list of commands.</param>
/// <param name="Run">Gets what was written after the name.</param>
internal sealed record ConsoleCommand(string[] Names, string Usage, FormattableString Does, Action<string> Run)
{
    /// <summary>More than a line, for <c>help NAME</c>; null = nothing more.</summary>
    public FormattableString? More { get; init; }

    /// <summary>What may stand after the name, for completion.</summary>
    public CommandArgument Argument { get; init; }
}
