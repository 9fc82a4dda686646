using MoeDevtools.Analysis.Metrics;

namespace MoeDevtools.Debugging.Views;

/// <summary>Which experts are chosen together, against chance.</summary>
public static class TogetherView
{
    /// <param name="a">Index of a router.</param>
    /// <param name="b">The same, or another: only tokens that come to both count.</param>
    /// <exception cref="OperationCanceledException"/>
    public static Together Of(RecordedRun run, int a, int b, StepRange range, ProgressReport? progress, CancellationToken cancelled) => run.Look(
        (reader, either) => run.Togethers.Use(
            (a, b, range),
            () => new CountedPairs(run.Routers, a, b, range, firstChoices: false),
            counted =>
            {
                counted.Advance(reader, progress, either);
                return Of(counted, isOne: a == b);
            },
            either),
        cancelled);

    private static Together Of(CountedPairs counted, bool isOne)
    {
        var pairs = counted.Pairs;
        var (rows, columns) = (pairs.Counts.GetLength(0), pairs.Counts.GetLength(1));
        var (lift, byRow, byColumn) = (new float[rows, columns], new double[rows, columns], new double[columns, rows]);
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
            {
                byRow[i, j] = byColumn[j, i] = pairs.Lift(i, j);
                lift[i, j] = (float)byRow[i, j];
            }
        var order = Seriation.OrderOfRows(byRow);
        return new Together
        {
            Range = counted.Seen,
            Tokens = pairs.Tokens,
            Counts = (long[,])pairs.Counts.Clone(),
            Lift = lift,
            OrderA = order,
            OrderB = isOne ? order : Seriation.OrderOfRows(byColumn),
        };
    }
}
