namespace MoeDevtools.Analysis.Anomalies;

/// <summary>How bad an anomaly is. The values are stored in traces: never renumber.</summary>
public enum AnomalySeverity
{
    /// <summary>A trait worth knowing; healthy models have it too.</summary>
    Info = 0,

    Warning = 1,
    Error = 2,
}
