using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Dap;

/// <summary>The session that a client debugs, and the listing that stands for its source. Immutable.</summary>
/// <param name="ListingPath">Full path of the listing's file.</param>
/// <param name="Configuration">What it was launched with.</param>
internal sealed record Debuggee(SessionEntry Entry, ModelListing Listing, string ListingPath, Arguments Configuration)
{
    public DebugSession Session => Entry.Session;

    public LaunchedSession Launched => Entry.Launched;

    public bool IsListing(string? path) => path is not null && string.Equals(
        Path.GetFullPath(path), ListingPath, OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}
