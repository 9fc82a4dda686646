using MoeDevtools.Capture;

namespace MoeDevtools.Debugging;

/// <summary>A session with what it runs and what it was opened from. Owns all of it.</summary>
public sealed class LaunchedSession(
    LaunchSettings settings, IRoutingSource source, DebugSession session, RunRequest request, Recording? recording, RecordedRouting? forced) : IDisposable
{
    public LaunchSettings Settings => settings;

    public IRoutingSource Source => source;

    public DebugSession Session => session;

    /// <summary><c>checkpoint</c> or <c>replay</c>.</summary>
    public string Kind => settings.Trace is null ? "checkpoint" : "replay";

    /// <summary>Runs it from the start, on the session's compute thread.</summary>
    public void Start(bool stopAtFirst) => session.Start(request, stopAtFirst);

    public void Dispose()
    {
        session.Dispose();
        recording?.Dispose();
        forced?.Dispose();
        source.Dispose();
    }
}
