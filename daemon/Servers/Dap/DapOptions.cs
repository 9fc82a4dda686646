using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Dap;

/// <summary>What a debug adapter is given by its host. Immutable.</summary>
/// <param name="Registry">Where its session is registered; shared with other servers of the process.</param>
/// <param name="CacheFolder">For what can be made again: model listings, and recordings that go with their session.</param>
/// <param name="Log">Takes lines that are for whoever runs the program, not for the client. Any thread.</param>
public sealed record DapOptions(SessionRegistry Registry, string CacheFolder, Action<string> Log)
{
    public string ListingFolder => Path.Combine(CacheFolder, "listings");

    public string RecordingFolder => Path.Combine(CacheFolder, "recordings");

    /// <summary>What <c>launch</c> must bring as <c>token</c> before anything but <c>initialize</c> is answered; null = the stream itself is trusted.</summary>
    public string? Token { get; init; }
}
