using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Analysis.Anomalies;

/// <summary>A session's use of a monitor: check, then add to the loads. NaN alone is looked for unless filters are named.</summary>
internal sealed class Watch
{
    private readonly ExpertLoads[] _loads;

    public Watch(IReadOnlyList<RouterInfo> routers, params string[] filters)
    {
        Monitor = new AnomalyMonitor(routers);
        foreach (var filter in filters.Select(AnomalyFilter.Parse)) Monitor.Enable(filter.Id, filter.Settings, filter.EachRow);
        _loads = [.. routers.Select(r => new ExpertLoads(r.Experts, Monitor.LongestWindow))];
    }

    public AnomalyMonitor Monitor { get; }

    /// <summary>Everything found so far.</summary>
    public List<Anomaly> All { get; } = [];

    public static Watch WithEverything(IReadOnlyList<RouterInfo> routers) => new(routers, [.. AnomalyMonitor.Known.Select(info => info.Id)]);

    /// <summary>What this batch showed.</summary>
    public IReadOnlyList<Anomaly> See(RoutingBatch batch)
    {
        var found = new List<Anomaly>();
        Monitor.Check(batch, _loads[batch.Router.Index], found);
        _loads[batch.Router.Index].Add(batch);
        All.AddRange(found);
        return found;
    }

    public void See(TrainingStep step) => Monitor.CheckStep(step, All);
}
