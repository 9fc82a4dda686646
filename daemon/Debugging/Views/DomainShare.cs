namespace MoeDevtools.Debugging.Views;

/// <summary>How many tokens of a domain chose an expert. Immutable.</summary>
/// <param name="Tokens">Of the domain.</param>
/// <param name="Share">Count / Tokens.</param>
/// <param name="Interval">95 % interval of the share: low and high.</param>
public sealed record DomainShare(string Label, long Count, long Tokens, double Share, IReadOnlyList<double> Interval);
