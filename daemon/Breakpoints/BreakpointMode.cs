namespace MoeDevtools.Breakpoints;

/// <summary>How often a breakpoint looks, and what its hit count counts.</summary>
public enum BreakpointMode
{
    /// <summary>Once per router and pass.</summary>
    Batch,

    /// <summary>Each row that is not padding.</summary>
    Decision,
}
