using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>
/// Mean router entropies over a range of steps, as the loads of the same range are looked at: many times while it grows. No table holds them, so scores are read as far as a look
/// has time. Any thread; while one looks, others get what there is.
/// </summary>
internal sealed class EntropySums(IReadOnlyList<RouterInfo> routers)
{
    /// <summary>What a look takes at most, so that ten in a second are no load.</summary>
    private static readonly TimeSpan Time = TimeSpan.FromMilliseconds(40);

    private readonly Lock _gate = new();                       // guards the fields below
    private BatchScan? _scan;
    private StepRange _range;
    private RouterEntropy[] _sums = [];

    /// <summary>By router, NaN where there are no scores, and the last step that is in them; null = no step is yet.</summary>
    public (double[] Means, long? To) Of(TraceReader reader, StepRange range, CancellationToken cancelled)
    {
        lock (_gate)
        {
            if (_scan is null || _range.From != range.From || _scan.Step > (range.To ?? long.MaxValue))
            {
                _range = range;
                _scan = new BatchScan(RoutingColumns.RouterScores, range.From ?? reader.Extent().FirstStep);
                _sums = [.. routers.Select(_ => new RouterEntropy())];
            }
            _scan.Advance(reader, range.To ?? long.MaxValue, Time, recorded => _sums[recorded.Batch.Router.Index].Add(recorded.Batch), cancelled);
            return ([.. _sums.Select(s => s.Mean)], _scan.Step);
        }
    }
}
