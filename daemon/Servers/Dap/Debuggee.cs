using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Dap;

/// <summary>The session that a client debugs. Immutable.</summary>
/// <param name="Configuration">What it was launched with.</param>
internal sealed record Debuggee(SessionEntry Entry, Arguments Configuration)
{
    /// <summary><c>auto</c>, <c>modeOnly</c> or <c>off</c>: which breakpoints of ordinary source files are ours.</summary>
    public string SourceBreakpoints => Configuration.String("sourceBreakpoints") ?? "auto";

    public DebugSession Session => Entry.Session;

    public LaunchedSession Launched => Entry.Launched;

    public SourceMap Sources => Entry.Sources;
}
