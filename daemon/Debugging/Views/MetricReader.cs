using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Reads metrics of each step: from the table of loads what it gives, from batches the rest. One thread at a time.</summary>
/// <param name="run">Routers of the run.</param>
/// <param name="routers">Indices of those that are wanted; the line of the series is metrics.Count · place of the router + place of the metric.</param>
internal sealed class MetricReader(IReadOnlyList<RouterInfo> run, IReadOnlyList<int> routers, IReadOnlyList<StepMetric> metrics)
{
    private readonly int[] _places = PlacesOf(run.Count, routers);
    private readonly long[] _counts = new long[run.Select(r => r.Experts).DefaultIfEmpty().Max()];
    private readonly RouterEntropy[] _entropies = [.. routers.Select(_ => new RouterEntropy())];
    private readonly SelectionMargins[] _margins = [.. routers.Select(_ => new SelectionMargins())];
    private readonly RouterZLoss[] _zLosses = [.. routers.Select(_ => new RouterZLoss())];
    private readonly RecordedBatch _room = new();

    public void Read(TraceReader reader, long from, long to, StepSeries series, CancellationToken cancelled)
    {
        if (Line(StepMetric.Cv) >= 0 || Line(StepMetric.Drops) >= 0) ReadLoads(reader, from, to, series, cancelled);
        var columns = (Line(StepMetric.Entropy) < 0 ? RoutingColumns.None : RoutingColumns.RouterScores) | (Line(StepMetric.Margin) < 0 ? RoutingColumns.None : RoutingColumns.SelectionScores)
            | (Line(StepMetric.ZLoss) < 0 ? RoutingColumns.None : RoutingColumns.RouterLogits);
        if (columns != RoutingColumns.None) ReadBatches(reader, from, to, columns, series, cancelled);
    }

    private void ReadLoads(TraceReader reader, long from, long to, StepSeries series, CancellationToken cancelled)
    {
        reader.Loads(
            from, to,
            (step, router, _, empty, counts) =>
            {
                if (_places[router] < 0) return;
                var own = _counts.AsSpan(0, counts.Length);
                long assignments = 0;
                for (var e = 0; e < counts.Length; e++) assignments += own[e] = counts[e];
                Add(series, router, StepMetric.Cv, step, LoadFormulas.Cv(own[..run[router].Rule.RealExperts]));
                Add(series, router, StepMetric.Drops, step, LoadFormulas.DropRate(assignments, empty));
            },
            cancelled);
    }

    private void ReadBatches(TraceReader reader, long from, long to, RoutingColumns columns, StepSeries series, CancellationToken cancelled)
    {
        var only = routers.Count == 1 ? routers[0] : (int?)null;
        Begin();
        var step = from;
        for (var key = reader.Next(new BatchKey(from - 1, int.MaxValue, int.MaxValue, int.MaxValue), only); key is { } at && at.Step <= to; key = reader.Next(at, only))
        {
            cancelled.ThrowIfCancellationRequested();
            if (_places[at.Router] is not (>= 0 and var place)) continue;
            if (at.Step != step) EndStep(series, step);
            step = at.Step;
            if (!_room.Read(reader, at, columns)) continue;
            _entropies[place].Add(_room.Batch);
            _margins[place].Add(_room.Batch);
            _zLosses[place].Add(_room.Batch);
        }
        EndStep(series, step);
    }

    private void EndStep(StepSeries series, long step)
    {
        for (var i = 0; i < routers.Count; i++)
        {
            Add(series, routers[i], StepMetric.Entropy, step, _entropies[i].Mean);
            Add(series, routers[i], StepMetric.Margin, step, _margins[i].Mean);
            Add(series, routers[i], StepMetric.ZLoss, step, _zLosses[i].Mean);
        }
        Begin();
    }

    private void Begin()
    {
        foreach (var entropy in _entropies) entropy.Clear();
        foreach (var margins in _margins) margins.Clear();
        foreach (var zLoss in _zLosses) zLoss.Clear();
    }

    private void Add(StepSeries series, int router, StepMetric metric, long step, double value)
    {
        if (Line(metric) is >= 0 and var line) series.Add(_places[router] * metrics.Count + line, step, value);
    }

    private int Line(StepMetric metric)
    {
        for (var i = 0; i < metrics.Count; i++)
            if (metrics[i] == metric) return i;
        return -1;
    }

    private static int[] PlacesOf(int all, IReadOnlyList<int> routers)
    {
        var places = new int[all];
        Array.Fill(places, -1);
        for (var i = 0; i < routers.Count; i++) places[routers[i]] = i;
        return places;
    }
}
