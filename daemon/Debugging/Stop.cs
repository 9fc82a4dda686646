using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging;

/// <summary>A stop: the whole batch of one router, and a row of it in focus. Valid until the session goes on.</summary>
public sealed record Stop
{
    public required StopReason Reason { get; init; }

    public required Cursor Cursor { get; init; }

    /// <summary>The live batch: the model uses what it says once the session goes on.</summary>
    public required RoutingBatch Batch { get; init; }

    /// <summary>Breakpoints that hit here, with the values that made them.</summary>
    public required IReadOnlyList<Hit> Hits { get; init; }

    public required IReadOnlyList<Anomaly> Anomalies { get; init; }

    /// <summary>Hits that a step ran past on its way here.</summary>
    public required IReadOnlyList<Hit> Passed { get; init; }

    /// <summary>A recorded decision: it can be looked at and not be changed.</summary>
    public bool IsPast { get; init; }

    /// <summary>Rows of the batch at which steps in the past ended on the way here: a breakpoint that looks at a batch as a whole has hit there at the latest.</summary>
    internal IReadOnlyList<int> Steps { get; init; } = [];

    public RouterInfo Router => Batch.Router;

    public int Row => Cursor.Row;
}
