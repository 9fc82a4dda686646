using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>MaxVio = (max c − c̄) / c̄ over a window is above the threshold. At most N/k − 1; healthy models reach 2 and more on text of
/// one domain.</summary>
internal sealed class LoadImbalance(AnomalySettings settings) : IAnomalyDetector
{
    private readonly double _threshold = settings["threshold"];
    private readonly int _minTokens = settings.Whole("min_tokens");
    private readonly LoadWindow _window = new(settings.Whole("window"));
    private readonly PerRouter<bool> _reported = new();

    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = "load_imbalance",
            Title = $"Load imbalance",
            Severity = AnomalySeverity.Info,
            Settings =
            [
                new("threshold", 2, 0, 100_000, false, $"MaxVio above which the load is called unbalanced (0 = fair, N/k − 1 = the most)"),
                AnomalySetting.Window(64),
                AnomalySetting.MinTokens(64),
            ],
            Meaning = $"The busiest experts get several times their fair share, so that they bound the speed and, with a capacity limit, drop tokens.",
            Advice = $"See whether it stays over more varied text; if it does, look at the balancing loss, the capacity factor and the placement of the experts.",
        },
        (settings, _) => new LoadImbalance(settings));

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.SelectedExperts;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        _window.Fill(batch, loads);
        if (_window.Tokens < _minTokens || _window.Assignments == 0) return true;
        var index = batch.Router.Index;
        var maxVio = LoadFormulas.MaxVio(_window.Counts);
        var unbalanced = maxVio > _threshold;
        if (unbalanced && !_reported[index]) found.Add(Report(batch, maxVio));
        _reported[index] = unbalanced;
        return true;
    }

    public void Clear() => _reported.Clear();

    private Anomaly Report(RoutingBatch batch, double maxVio)
    {
        var counts = _window.Counts.ToArray();
        var fair = (double)_window.Assignments / counts.Length;
        return new Anomaly
        {
            Info = Kind.Info,
            Router = batch.Router,
            Step = batch.Pass.Step,
            Experts = [.. Enumerable.Range(0, counts.Length).Where(e => counts[e] / fair - 1 > _threshold)],
            Value = maxVio,
            Threshold = _threshold,
            Facts = $"MaxVio {maxVio:0.00} > {_threshold:0.00} over {_window.Steps} steps ({_window.Tokens} tokens)",
        };
    }
}
