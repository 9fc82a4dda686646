using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// Looks for the enabled anomalies, batch by batch. What persists is reported once, until it has gone away. Not thread safe:
/// <see cref="Check"/> runs on the compute
/// thread, the rest while that one is stopped. A repeated forward (<see cref="Phase.Recompute"/>) makes no decisions and is looked at for
/// NaN alone.
/// </summary>
public sealed class AnomalyMonitor
{
    /// <summary>The id of the anomaly of logits that are NaN or Inf.</summary>
    public const string NotFinite = "nan_logits";

    /// <summary>The id of the anomaly of a training whose forward raised.</summary>
    public const string Failed = "forward_failed";

    private readonly IReadOnlyList<RouterInfo> _routers;
    private readonly int _longestWindow;
    private readonly Slot?[] _slots = new Slot?[AnomalyCatalogue.All.Count];

    /// <param name="routers">All routers of the session; more may come to the end.</param>
    /// <param name="longestWindow">Steps of loads that the session keeps: settings with longer windows are refused.</param>
    public AnomalyMonitor(IReadOnlyList<RouterInfo> routers, int longestWindow = AnomalySetting.LongestWindow)
    {
        (_routers, _longestWindow) = (routers, longestWindow);
        foreach (var id in OnByDefault) Enable(id, null);
    }

    /// <summary>Every anomaly there is, with its default settings.</summary>
    public static IReadOnlyList<AnomalyInfo> Known { get; } = [.. AnomalyCatalogue.All.Select(kind => kind.Info)];

    /// <summary>Ids of what is looked for unless it is switched off.</summary>
    public static IReadOnlyList<string> OnByDefault { get; } = [NotFinite, Failed];

    /// <summary>What is looked for, in the order in which a batch is checked.</summary>
    public IReadOnlyList<AnomalyInfo> Enabled => [.. Known.Where((_, i) => _slots[i] is not null)];

    /// <summary>True if an anomaly of whole windows is looked for, and not of rows alone. Allocates nothing.</summary>
    public bool LooksAtWindows
    {
        get
        {
            for (var i = 0; i < _slots.Length; i++)
                if (_slots[i] is { Detector: not FailedForward } && !Known[i].NamesRows) return true;
            return false;
        }
    }

    /// <summary>The longest window of the enabled anomalies, in steps: what <see cref="ExpertLoads"/> must hold. At least 1.</summary>
    public int LongestWindow { get; private set; } = 1;

    /// <summary>Looks for <paramref name="id"/> from now on, with these settings over its defaults; a second call replaces the settings
    /// and forgets what was reported.</summary>
    /// <param name="eachRow">The session is to stop at each row that the anomaly names.</param>
    /// <exception cref="UserError">Unknown anomaly or setting, a value out of range, or rows of an anomaly that names none.</exception>
    public void Enable(string id, IReadOnlyDictionary<string, double>? settings, bool eachRow = false)
    {
        var index = IndexOf(id);
        var (info, create) = AnomalyCatalogue.All[index];
        if (eachRow && !info.NamesRows)
            throw new UserError("MOE6005", $"{id} is of a whole window and names no rows: mode=decision has no meaning.", $"Leave the mode out: the session stops once a router and pass.");
        var values = new AnomalySettings(info, settings, _longestWindow);
        var detector = create(values, _routers);
        var window = info.Settings.Any(s => s.Name == "window") ? values.Whole("window") : 1;
        _slots[index] = new Slot(detector, settings, window, eachRow);
        MeasureWindow();
    }

    /// <exception cref="UserError">Unknown anomaly.</exception>
    public void Disable(string id)
    {
        _slots[IndexOf(id)] = null;
        MeasureWindow();
    }

    /// <summary>True if it is looked for. Allocates nothing.</summary>
    /// <exception cref="UserError">Unknown anomaly.</exception>
    public bool IsEnabled(string id) => _slots[IndexOf(id)] is not null;

    /// <summary>True if the session is to stop at each row that the anomaly names.</summary>
    public bool StopsAtEachRow(AnomalyInfo anomaly) => _slots[IndexOf(anomaly.Id)] is { EachRow: true };

    /// <summary>Enables in <paramref name="other"/> what is enabled here, with the same settings, and nothing else.</summary>
    public void CopyTo(AnomalyMonitor other)
    {
        for (var i = 0; i < Known.Count; i++)
            if (_slots[i] is { } slot) other.Enable(Known[i].Id, slot.Settings, slot.EachRow);
            else other.Disable(Known[i].Id);
    }

    /// <summary>The columns that the enabled anomalies need of <paramref name="router"/>.</summary>
    public RoutingColumns Wanted(RouterInfo router)
    {
        var wanted = RoutingColumns.None;
        foreach (var slot in _slots)
            if (slot is not null) wanted |= slot.Detector.Wanted(router);
        return wanted;
    }

    /// <summary>
    /// Checks one batch, once, on the compute thread; adds what is new to <paramref name="found"/>. Where NaN or Inf is looked for and
    /// there, nothing else is. Allocates only for what it finds.
    /// </summary>
    /// <param name="loads">The router's earlier batches, without this one; at least <see cref="LongestWindow"/> steps long.</param>
    public void Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        foreach (var slot in _slots)
        {
            if (slot is null) continue;
            var wanted = slot.Detector.Wanted(batch.Router);
            if (wanted == RoutingColumns.None || !batch.Has(wanted)) continue;
            if (batch.Pass.Phase == Phase.Recompute && wanted != RoutingColumns.RouterLogits) continue;
            if (!slot.Detector.Check(batch, loads, found)) return;
        }
    }

    /// <summary>Checks what a training program says before an optimizer step, on the compute thread; adds what is new to <paramref name="found"/>.</summary>
    public void CheckStep(TrainingStep step, List<Anomaly> found)
    {
        foreach (var slot in _slots) slot?.Detector.CheckStep(step, found);
    }

    /// <summary>What a forward that raised is, if that is looked for; else null.</summary>
    /// <param name="last">The router that decided last before.</param>
    public Anomaly? CheckFailure(TrainingFailure failure, RouterInfo last) => IsEnabled(Failed) ? FailedForward.Report(failure, last) : null;

    /// <summary>Forgets what was seen and reported (a restart); what is enabled stays so.</summary>
    public void Clear()
    {
        foreach (var slot in _slots) slot?.Detector.Clear();
    }

    private void MeasureWindow() => LongestWindow = _slots.Max(slot => slot?.Window ?? 1);

    private static int IndexOf(string id)
    {
        for (var i = 0; i < Known.Count; i++)
            if (Known[i].Id == id) return i;
        var nearest = Known.Select(info => info.Id).OrderBy(known => RouterNames.Distance(id, known));
        throw new UserError("MOE6002", $"there is no anomaly \"{id}\".", $"These exist, nearest first: {string.Join(", ", nearest)}.");
    }

    private sealed record Slot(IAnomalyDetector Detector, IReadOnlyDictionary<string, double>? Settings, int Window, bool EachRow);
}
