using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>One anomaly that was found, with its evidence. Immutable.</summary>
public sealed record Anomaly
{
    public required AnomalyInfo Info { get; init; }

    public string Id => Info.Id;

    public AnomalySeverity Severity => Info.Severity;

    public required RouterInfo Router { get; init; }

    /// <summary>The step of the batch that showed it.</summary>
    public required long Step { get; init; }

    /// <summary>Rows of that batch that show it, ascending; empty where a whole window does.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [];

    /// <summary>The first of <see cref="Rows"/>; null where a whole window shows the anomaly.</summary>
    public int? Row => Rows.Count > 0 ? Rows[0] : null;

    /// <summary>The experts concerned, ascending; empty where it concerns them all.</summary>
    public IReadOnlyList<int> Experts { get; init; } = [];

    /// <summary>The program's stack, innermost first, where the program raised; else empty.</summary>
    public IReadOnlyList<SourceFrame> Stack { get; init; } = [];

    /// <summary>What was measured.</summary>
    public required double Value { get; init; }

    /// <summary>What <see cref="Value"/> was held against.</summary>
    public required double Threshold { get; init; }

    /// <summary>The evidence in words, without the id; its format is the translation key.</summary>
    public required FormattableString Facts { get; init; }

    /// <summary>In one line: <c>router_collapse: effective experts 4.0 &lt; 6.0 over 20 steps</c>.</summary>
    public string Text => $"{Id}: {FormattableString.Invariant(Facts)}";
}
