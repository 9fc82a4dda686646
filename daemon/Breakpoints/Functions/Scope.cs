namespace MoeDevtools.Breakpoints.Functions;

/// <summary>What a quantity is of.</summary>
internal enum Scope
{
    /// <summary>The same for all rows of a batch: may stand anywhere.</summary>
    Pass,

    /// <summary>One row at one router: in batch mode inside any() and its like.</summary>
    Decision,

    /// <summary>All rows of a batch, or of a window of steps.</summary>
    Batch,
}
