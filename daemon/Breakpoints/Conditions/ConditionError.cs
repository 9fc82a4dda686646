using MoeDevtools.Messages;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>A condition, breakpoint or log message that cannot be used, and where in the text: a console points at it with <c>^</c>.</summary>
/// <param name="column">From 1, in code points of the whole text that was given.</param>
/// <param name="length">Code points that the error is about, at least 1.</param>
public sealed class ConditionError(string id, int column, int length, FormattableString facts, FormattableString whatToDo)
    : UserError(id, facts, whatToDo)
{
    public int Column { get; } = column;

    public int Length { get; } = Math.Max(1, length);

    /// <summary>Why the router has no such value, whatever the row; null = that is not what is wrong.</summary>
    public string? Undefined { get; init; }
}
