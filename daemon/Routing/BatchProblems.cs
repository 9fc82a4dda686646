namespace MoeDevtools.Routing;

/// <summary>What the validator found wrong with a batch. The values are stored in traces: never renumber.</summary>
[Flags]
public enum BatchProblems
{
    None = 0,
    IdOutOfRange = 1 << 0,
    DuplicateId = 1 << 1,
    WeightNotFinite = 1 << 2,

    /// <summary>Every row of a large batch chose the same expert list: a sign of a hook on the wrong tensor.</summary>
    AllRowsEqual = 1 << 3,

    /// <summary>The logits column holds probabilities: every row is non-negative and sums to one.</summary>
    ProbabilitiesAsLogits = 1 << 4,

    LogitNotFinite = 1 << 5,
}
