namespace MoeDevtools.Analysis.Anomalies;

/// <summary>An anomaly as a person chooses it. Immutable.</summary>
public sealed record AnomalyInfo
{
    /// <summary><c>router_collapse</c>: the same in filters, JSON and the terminal.</summary>
    public required string Id { get; init; }

    /// <summary>Its name as a person reads it; its format is the translation key.</summary>
    public required FormattableString Title { get; init; }

    public required AnomalySeverity Severity { get; init; }

    /// <summary>What can be changed by name, in the order shown.</summary>
    public IReadOnlyList<AnomalySetting> Settings { get; init; } = [];

    /// <summary>It is of rows, which it names; else of a whole window.</summary>
    public bool NamesRows { get; init; }

    /// <summary>What it usually means, one sentence; its format is the translation key.</summary>
    public required FormattableString Meaning { get; init; }

    /// <summary>What to try, one sentence; its format is the translation key.</summary>
    public required FormattableString Advice { get; init; }
}
