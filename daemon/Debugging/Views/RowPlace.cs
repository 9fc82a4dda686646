using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Where a row of a router stands in a recording.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Pass">Within the step, from 0.</param>
/// <param name="Rank">From 0.</param>
/// <param name="Row">From 0.</param>
public readonly record struct RowPlace(long Step, int Pass, int Rank, int Row)
{
    public BatchKey At(int router) => new(Step, Pass, Rank, router);
}
