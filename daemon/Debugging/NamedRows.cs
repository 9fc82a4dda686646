using MoeDevtools.Analysis.Anomalies;

namespace MoeDevtools.Debugging;

/// <summary>Rows of a batch, after the first, at which anomalies stop too: those of filters that stop at each row. Compute thread.</summary>
internal sealed class NamedRows(AnomalyMonitor filters)
{
    private readonly List<(int Row, Anomaly Anomaly)> _rows = [];

    /// <summary>Turns to the anomalies of a batch.</summary>
    /// <param name="first">Where the session stops for all of them.</param>
    public void Begin(IReadOnlyList<Anomaly> anomalies, int first)
    {
        _rows.Clear();
        foreach (var anomaly in anomalies)
        {
            if (!filters.StopsAtEachRow(anomaly.Info)) continue;
            foreach (var row in anomaly.Rows)
                if (row != first) _rows.Add((row, anomaly));
        }
    }

    /// <summary>The first of these rows and <paramref name="target"/>, from <paramref name="row"/> on; a target before it comes first, -1 is none.</summary>
    public int Next(int row, int target)
    {
        foreach (var (next, _) in _rows)
            if (next >= row && (target < 0 || next < target)) target = next;
        return target;
    }

    /// <summary>Adds the anomalies that stop at a row.</summary>
    public void AddTo(List<Anomaly> anomalies, int row)
    {
        foreach (var (at, anomaly) in _rows)
            if (at == row) anomalies.Add(anomaly);
    }
}
