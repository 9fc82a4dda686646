namespace MoeDevtools.Traces;

/// <summary>What a trace recorded. The values are stored: never renumber.</summary>
public enum TraceKind
{
    /// <summary>A checkpoint that the daemon ran itself.</summary>
    Checkpoint = 0,

    /// <summary>A training program with a probe.</summary>
    Training = 1,

    /// <summary>A file of another tool.</summary>
    Import = 2,

    /// <summary>A checkpoint that went on from a past step of another trace.</summary>
    Branch = 3,
}
