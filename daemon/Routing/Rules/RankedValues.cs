namespace MoeDevtools.Routing.Rules;

/// <summary>What top-k ranks, before bias, groups and masks; or that nothing is ranked. The values are stored in traces: never renumber.</summary>
public enum RankedValues
{
    Scores = 0,

    /// <summary>The raw logits; scores over all experts are then derived, the model has none.</summary>
    Logits = 1,

    /// <summary>
    /// Nothing: a table of the model has the experts of each token id, whatever its scores (hash layers, arXiv 2106.04426). The table is no part of the rule, so what a decision is made
    /// again from is the choice that was observed.
    /// </summary>
    TokenTable = 2,
}
