namespace MoeDevtools.Debugging;

/// <summary>Why a session stands still.</summary>
public enum StopReason
{
    /// <summary>Asked to stop at the first router.</summary>
    Entry,
    Breakpoint,
    Anomaly,
    Step,
    Pause,

    /// <summary>The run has come to its end; what is recorded of it can be looked at.</summary>
    End,
}
