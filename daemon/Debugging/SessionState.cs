namespace MoeDevtools.Debugging;

public enum SessionState
{
    /// <summary>Not started, or ended: it can be started (again).</summary>
    Idle,
    Running,

    /// <summary>The compute thread waits inside a router; the stop's batch may be read and changed.</summary>
    Stopped,
}
