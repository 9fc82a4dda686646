using MoeDevtools.Analysis.Anomalies;

namespace MoeDevtools.Debugging.Views;

/// <summary>An anomaly of a router.</summary>
/// <param name="Last">Where it was seen last to begin.</param>
/// <param name="Times">How often it began.</param>
public sealed record FoundAnomaly(Anomaly Last, long Times);
