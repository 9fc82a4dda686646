namespace MoeDevtools.Debugging;

/// <summary>Where a session stands. Ordered as the model runs: step, pass, router, row.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Pass">Within the step, from 0.</param>
/// <param name="Router">Index in forward order, from 0.</param>
/// <param name="Row">Row of the router's batch, from 0.</param>
public readonly record struct Cursor(long Step, int Pass, int Router, int Row)
{
    /// <summary>True if the model comes to this decision before it comes to <paramref name="other"/>.</summary>
    public bool IsBefore(Cursor other) => (Step, Pass, Router, Row).CompareTo((other.Step, other.Pass, other.Router, other.Row)) < 0;
}
