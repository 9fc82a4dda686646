namespace MoeDevtools.Analysis.Policies;

/// <summary>A policy as a person chooses it. Immutable.</summary>
public sealed record PolicyInfo(string Name, IReadOnlyList<PolicyParameter> Parameters, FormattableString Rule);
