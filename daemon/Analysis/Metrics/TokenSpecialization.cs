namespace MoeDevtools.Analysis.Metrics;

/// <summary>What one expert is to one token of the vocabulary.</summary>
/// <param name="Count">N(x, e): occurrences that chose the expert.</param>
/// <param name="Occurrences">N(x).</param>
/// <param name="Share">N(x, e) / N(x): vocabulary specialization.</param>
/// <param name="Pmi">ln (P(x, e) / (P(x) P(e))) over assignments, in nats: 0 = chance, −∞ = never together.</param>
public readonly record struct TokenSpecialization(int TokenId, long Count, long Occurrences, double Share, double Pmi);
