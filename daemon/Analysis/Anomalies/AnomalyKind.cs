using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>A line of the catalogue: what an anomaly is, and who looks for it.</summary>
internal sealed record AnomalyKind(AnomalyInfo Info, Func<AnomalySettings, IReadOnlyList<RouterInfo>, IAnomalyDetector> Create);
