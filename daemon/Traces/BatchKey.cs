namespace MoeDevtools.Traces;

/// <summary>Which batch of a trace. Ordered as the model ran: step, pass, rank, router.</summary>
/// <param name="Step">As the program counts.</param>
/// <param name="Pass">Forward pass within the step, from 0.</param>
/// <param name="Rank">From 0.</param>
/// <param name="Router">Index in forward order (<see cref="Routing.RouterInfo.Index"/>), from 0.</param>
public readonly record struct BatchKey(long Step, int Pass, int Rank, int Router) : IComparable<BatchKey>
{
    /// <inheritdoc/>
    public int CompareTo(BatchKey other) => (Step, Pass, Rank, Router).CompareTo((other.Step, other.Pass, other.Rank, other.Router));

    public static bool operator <(BatchKey a, BatchKey b) => a.CompareTo(b) < 0;

    public static bool operator >(BatchKey a, BatchKey b) => a.CompareTo(b) > 0;

    public static bool operator <=(BatchKey a, BatchKey b) => a.CompareTo(b) <= 0;

    public static bool operator >=(BatchKey a, BatchKey b) => a.CompareTo(b) >= 0;
}
