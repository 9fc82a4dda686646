namespace MoeDevtools.Capture.Training;

/// <summary>What becomes of a training program when its session is closed while it runs.</summary>
public enum Afterwards
{
    /// <summary>It is asked to end, and then made to.</summary>
    End,

    /// <summary>It is let go, and can be attached to.</summary>
    GoOn,

    /// <summary>It is let go and waits, where it is held or at its next pass, until somebody attaches.</summary>
    StayHeld,
}
