namespace MoeDevtools.Breakpoints.Functions;

/// <summary>What an argument of a function is.</summary>
internal enum Parameter
{
    /// <summary>A number: the id of an expert.</summary>
    Expert,

    /// <summary>A number: the id of an expert that has a load.</summary>
    RealExpert,

    /// <summary>A number written out: steps back, the current one included. May be left out: the current batch alone.</summary>
    Window,

    /// <summary>A condition on each row.</summary>
    RowTruth,

    /// <summary>A number of each row.</summary>
    RowNumber,

    /// <summary>A vector, not indexed, or a number.</summary>
    Numbers,
}
