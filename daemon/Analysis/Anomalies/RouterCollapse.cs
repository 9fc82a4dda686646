using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// The load concentrates: effective experts &lt; 1.5 k where N ≥ 3 k, over a window. Not low entropy, which a healthy trained router has
/// too (measured: 0.33), nor strict zeros, which come late: nearly dead experts keep a trickle of tokens.
/// </summary>
internal sealed class RouterCollapse(AnomalySettings settings) : IAnomalyDetector
{
    private readonly double _threshold = settings["threshold"];
    private readonly int _minTokens = settings.Whole("min_tokens");
    private readonly LoadWindow _window = new(settings.Whole("window"));
    private readonly PerRouter<bool> _reported = new();

    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = "router_collapse",
            Title = $"Router collapse",
            Severity = AnomalySeverity.Error,
            Settings =
            [
                new("threshold", 1.5, 1, 3, false, $"effective experts, in multiples of k, below which a router has collapsed"),
                AnomalySetting.Window(32),
                AnomalySetting.MinTokens(32),
            ],
            Meaning = $"A few experts take nearly every slot, so the others learn nothing and their parameters are wasted; the loss shows it late or never.",
            Advice = $"Check the sign and the size of the balancing loss (or of the bias update), then the router's learning rate, and go back to a checkpoint from before the collapse.",
        },
        (settings, _) => new RouterCollapse(settings));

    public RoutingColumns Wanted(RouterInfo router) => router.Rule.RealExperts >= 3 * router.Rule.K ? RoutingColumns.SelectedExperts : RoutingColumns.None;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        _window.Fill(batch, loads);
        if (_window.Tokens < _minTokens || _window.Assignments == 0) return true;
        var router = batch.Router;
        var effective = LoadFormulas.EffectiveExperts(_window.Counts);
        var threshold = _threshold * router.Rule.K;
        var collapsed = effective < threshold;
        if (collapsed && !_reported[router.Index]) found.Add(Report(batch, effective, threshold));
        _reported[router.Index] = collapsed;
        return true;
    }

    public void Clear() => _reported.Clear();

    private Anomaly Report(RoutingBatch batch, double effective, double threshold)
    {
        var counts = _window.Counts.ToArray();
        return new Anomaly
        {
            Info = Kind.Info,
            Router = batch.Router,
            Step = batch.Pass.Step,
            Experts = [.. Enumerable.Range(0, counts.Length).Where(e => counts[e] * (long)counts.Length > _window.Assignments)],
            Value = effective,
            Threshold = threshold,
            Facts = $"effective experts {effective:0.0} < {threshold:0.0} over {_window.Steps} steps ({_window.Tokens} tokens)",
        };
    }
}
