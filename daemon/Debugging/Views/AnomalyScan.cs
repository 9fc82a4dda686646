using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>
/// Looks for every anomaly in all that is recorded, with the default settings, whatever filters the session has: the last of each kind at each router is kept. Reads as far as a
/// look has time. Any thread.
/// </summary>
internal sealed class AnomalyScan
{
    private static readonly TimeSpan Time = TimeSpan.FromMilliseconds(40);

    private readonly Lock _gate = new();                       // guards all fields
    private readonly AnomalyMonitor _monitor;
    private readonly ExpertLoads[] _loads;
    private readonly BatchScan _scan = new(RoutingColumns.RouterLogits | RoutingColumns.RouterScores | RoutingColumns.SelectedExperts, long.MinValue + 1);
    private readonly Dictionary<(int Router, string Id), FoundAnomaly> _found = [];
    private readonly List<Anomaly> _new = [];

    public AnomalyScan(IReadOnlyList<RouterInfo> routers)
    {
        _monitor = new AnomalyMonitor(routers);
        foreach (var known in AnomalyMonitor.Known) _monitor.Enable(known.Id, null);
        _loads = [.. routers.Select(r => new ExpertLoads(r.Experts, _monitor.LongestWindow))];
    }

    /// <summary>What was found, by router and in the order of the catalogue, and the last step that was looked at; null = none was.</summary>
    public (IReadOnlyList<FoundAnomaly> Found, long? To) Look(TraceReader reader, CancellationToken cancelled)
    {
        lock (_gate)
        {
            _scan.Advance(reader, long.MaxValue, Time, Check, cancelled);
            return ([.. _found.OrderBy(f => f.Key.Router).Select(f => f.Value)], _scan.Step);
        }
    }

    private void Check(RecordedBatch recorded)
    {
        var batch = recorded.Batch;
        var loads = _loads[batch.Router.Index];
        _new.Clear();
        _monitor.Check(batch, loads, _new);
        foreach (var anomaly in _new)
        {
            var key = (batch.Router.Index, anomaly.Id);
            _found[key] = new FoundAnomaly(anomaly, _found.GetValueOrDefault(key)?.Times + 1 ?? 1);
        }
        if (recorded.Counts) loads.Add(batch);
    }
}
