using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Reads values of steps into a series, each step once: the next look goes on where this one ended.</summary>
/// <param name="lines">Of the series.</param>
/// <param name="pixels">Of the series, at most.</param>
/// <param name="read">Adds the values of the steps from the first number to the second.</param>
internal sealed class StepScan(StepRange asked, int lines, int pixels, StepReader read)
{
    /// <summary>Steps after which it tells how far it is and may be cancelled.</summary>
    private const int AtOnce = 256;

    private StepSeries? _series;
    private long _next;

    /// <summary>The series and its last step; null = nothing is recorded in the range.</summary>
    /// <exception cref="OperationCanceledException"/>
    public (StepSeries Series, long To)? Look(TraceReader reader, ProgressReport? progress, CancellationToken cancelled)
    {
        var extent = reader.Extent();
        var to = Math.Min(asked.To ?? extent.LastStep, extent.LastStep);
        if (_series is null)
        {
            var from = Math.Max(asked.From ?? extent.FirstStep, extent.FirstStep);
            if (extent.Steps == 0 || from > to) return null;
            (_series, _next) = (new StepSeries(from, lines, pixels), from);
        }
        // The last step may still grow: it is not kept.
        var (first, settled) = (_next, Math.Min(to, extent.LastStep - 1));
        while (_next <= settled)
        {
            progress?.Invoke((double)(_next - first) / (to - first + 1));
            var last = Math.Min(settled, _next + AtOnce - 1);
            read(reader, _next, last, _series, cancelled);
            _next = last + 1;
        }
        var series = _series.Copy();
        if (_next <= to) read(reader, _next, to, series, cancelled);
        return (series, to);
    }
}
