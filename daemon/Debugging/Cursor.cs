using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>Where a session stands. Ordered as the model runs: step, pass, rank, router, row.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Pass">Within the step, from 0.</param>
/// <param name="Router">Index in forward order, from 0.</param>
/// <param name="Row">Row of the router's batch, from 0.</param>
public readonly record struct Cursor(long Step, int Pass, int Router, int Row)
{
    /// <summary>Process of a distributed training, from 0.</summary>
    public int Rank { get; init; }

    /// <summary>The order in which the model comes to decisions.</summary>
    public static Comparer<Cursor> Order { get; } =
        Comparer<Cursor>.Create((a, b) => (a.Step, a.Pass, a.Rank, a.Router, a.Row).CompareTo((b.Step, b.Pass, b.Rank, b.Router, b.Row)));

    /// <summary>The batch that it is in.</summary>
    public BatchKey Batch => new(Step, Pass, Rank, Router);

    /// <summary>A row of a batch.</summary>
    public static Cursor In(BatchKey batch, int row) => new(batch.Step, batch.Pass, batch.Router, row) { Rank = batch.Rank };

    /// <inheritdoc cref="In(BatchKey, int)"/>
    public static Cursor In(RoutingBatch batch, int row) => new(batch.Pass.Step, batch.Pass.Pass, batch.Router.Index, row) { Rank = batch.Pass.Rank };

    /// <summary>True if the model comes to this decision before it comes to <paramref name="other"/>.</summary>
    public bool IsBefore(Cursor other) => Order.Compare(this, other) < 0;
}
