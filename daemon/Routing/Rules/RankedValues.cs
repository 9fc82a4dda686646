namespace MoeDevtools.Routing.Rules;

/// <summary>What top-k ranks, before bias, groups and masks. The values are stored in traces: never renumber.</summary>
public enum RankedValues
{
    Scores = 0,

    /// <summary>The raw logits; scores over all experts are then derived, the model has none.</summary>
    Logits = 1,
}
