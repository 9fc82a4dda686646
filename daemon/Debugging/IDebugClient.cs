using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging;

/// <summary>
/// Follows a session. Called on the compute thread; <see cref="OnStopped"/> returns at once, and the thread then waits until the session is told to go on (which may
/// be told from within the call).
/// </summary>
public interface IDebugClient : IRunObserver
{
    void OnStopped(Stop stop);

    /// <summary>The message of a log breakpoint.</summary>
    void OnLog(LogLine line);

    /// <summary>An anomaly that an enabled filter found, whether or not it stops.</summary>
    void OnAnomaly(Anomaly anomaly);

    /// <summary>A batch whose decisions are final, before the experts run. Lent for the length of the call; only the columns that were wanted are present.</summary>
    void OnRouted(RoutingBatch batch);

    /// <summary>Routers have come to the end of the session's; its breakpoints are bound to them.</summary>
    void OnRoutersAdded()
    {
    }

    /// <summary>The recording ended before the run did; what was written before can be read.</summary>
    void OnRecordingFailed(UserError error);

    /// <summary>What a program that was started for the session writes, as it comes. Any thread, also before the session is opened.</summary>
    void OnProgramOutput(string text, bool isError)
    {
    }

    /// <summary>The program is to be started now, with these variables in its environment; only where the settings leave that to the client. Before the session is opened.</summary>
    void OnProgramWanted(IReadOnlyList<(string Name, string Value)> environment)
    {
    }

    /// <param name="error">Null when the run came to its end or was terminated.</param>
    void OnEnded(Exception? error);
}
