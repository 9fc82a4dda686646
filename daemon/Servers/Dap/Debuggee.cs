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

    /// <summary>What stands for its source.</summary>
    public ModelListing Listing => Entry.Listing;

    /// <summary>Full path of the listing's file.</summary>
    public string ListingPath => Entry.ListingPath;

    public bool IsListing(string? path) => Entry.IsListing(path);
}
