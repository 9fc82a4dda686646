using MoeDevtools.Debugging.Views;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Sessions;

/// <summary>What servers show under an id: a session that is debugged, or a recording that is only looked at.</summary>
/// <param name="id">The same in every protocol.</param>
public abstract class RegisteredSession(string id)
{
    public string Id => id;

    /// <summary><c>checkpoint</c>, <c>replay</c> or <c>recording</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The folder or file that it was opened from.</summary>
    public abstract string Source { get; }

    /// <summary>In forward order.</summary>
    public abstract IReadOnlyList<RouterInfo> Routers { get; }

    /// <summary>What views look at; null = nothing is recorded, or nothing ran yet.</summary>
    public abstract RecordedRun? Recorded { get; }

    /// <summary>After anything that a view shows has changed. On the thread that did it, which must not be kept waiting.</summary>
    public abstract event Action? Updated;
}
