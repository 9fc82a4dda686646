using MoeDevtools.Breakpoints;

namespace MoeDevtools.Servers.Dap.Breakpoints;

/// <summary>A breakpoint as the client asks for it. Immutable.</summary>
/// <param name="Place">Where: what keeps its id when the rest is edited.</param>
/// <param name="Text">Everything that was asked: while it is the same, the breakpoint keeps its counts.</param>
/// <param name="Specs">What it is in this session, at least one; throws <see cref="Messages.UserError"/> where it can be nothing.</param>
internal sealed record Wanted(string Place, string Text, Func<Debuggee, IReadOnlyList<BreakpointSpec>> Specs)
{
    /// <summary>The client's source and line, as it counts; null = it is in none.</summary>
    public (string Path, int Line)? Source { get; init; }

    /// <summary>The line of <see cref="Source"/> from 1.</summary>
    public int Line { get; init; }
}
