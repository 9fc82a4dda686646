using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>Where a session stands. Ordered as the model runs: step, pass, router, row.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Pass">Within the step, from 0.</param>
/// <param name="Router">Index in forward order, from 0.</param>
/// <param name="Row">Row of the router's batch, from 0.</param>
public readonly record struct Cursor(long Step, int Pass, int Router, int Row)
{
    /// <summary>The order in which the model comes to decisions.</summary>
    public static Comparer<Cursor> Order { get; } =
        Comparer<Cursor>.Create((a, b) => (a.Step, a.Pass, a.Router, a.Row).CompareTo((b.Step, b.Pass, b.Router, b.Row)));

    /// <summary>The batch that it is in.</summary>
    public BatchKey Batch => new(Step, Pass, 0, Router);

    /// <summary>A row of a batch.</summary>
    public static Cursor In(BatchKey batch, int row) => new(batch.Step, batch.Pass, batch.Router, row);

    /// <summary>True if the model comes to this decision before it comes to <paramref name="other"/>.</summary>
    public bool IsBefore(Cursor other) => Order.Compare(this, other) < 0;
}
