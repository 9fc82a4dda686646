using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// The mean router entropy drops against its own moving average: a one-sided CUSUM (Page 1954), S = max(0, S + (average − x)/σ − slack),
/// reports where S passes the threshold and x lies far enough under the average. An observation x is the mean over as many batches as
/// hold enough tokens, so that single decoded tokens are pooled. After a report the new level is learnt from the start. The model's own
/// scores are read, not what an intervention made of them.
/// </summary>
internal sealed class EntropyCliff(AnomalySettings settings) : IAnomalyDetector
{
    /// <summary>σ is at least this: a router that hardly moves must not alarm on rounding.</summary>
    private const double LeastDeviation = 0.01;

    private readonly double _threshold = settings["threshold"];
    private readonly double _slack = settings["slack"];
    private readonly double _minDrop = settings["min_drop"];
    private readonly int _warmUp = settings.Whole("warm_up");
    private readonly double _weight = 2 / (settings["window"] + 1);
    private readonly int _minTokens = settings.Whole("min_tokens");
    private readonly PerRouter<Level> _levels = new();

    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = "entropy_cliff",
            Title = $"Entropy cliff",
            Severity = AnomalySeverity.Warning,
            Settings =
            [
                new("threshold", 8, 0, 1000, false, $"cumulated drop, in standard deviations, above which it is a cliff"),
                new("slack", 1, 0, 100, false, $"standard deviations under the average that count as noise"),
                new("min_drop", 0.3, 0, 1, false, $"drop, as a share of the average, below which it is no cliff"),
                new("warm_up", 8, 2, AnomalySetting.LongestWindow, true, $"observations that make the first average"),
                new("window", 20, 1, AnomalySetting.LongestWindow, true, $"span of the moving average, in observations"),
                AnomalySetting.MinTokens(32),
            ],
            Meaning = $"The router became much surer of itself within a few steps, which often comes before a collapse, or the text changed altogether.",
            Advice = $"Compare the loads before and after this step, and look at what changed there: the learning rate, the data, a loss weight.",
        },
        (settings, _) => new EntropyCliff(settings));

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.RouterScores;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        ref var level = ref _levels[batch.Router.Index];
        var (sum, tokens) = RowSums.Entropy(batch);
        level.Sum += sum;
        level.Tokens += tokens;
        if (level.Tokens < _minTokens) return true;
        Observe(batch, ref level, level.Sum / level.Tokens, found);
        (level.Sum, level.Tokens) = (0, 0);
        return true;
    }

    public void Clear() => _levels.Clear();

    private void Observe(RoutingBatch batch, ref Level level, double x, List<Anomaly> found)
    {
        if (level.Observations >= _warmUp)
        {
            var deviation = Math.Max(LeastDeviation, Math.Sqrt(level.Variance));
            level.Drop = Math.Max(0, level.Drop + (level.Average - x) / deviation - _slack);
            if (level.Drop > _threshold && x < (1 - _minDrop) * level.Average)
            {
                found.Add(Report(batch, x, level.Average));
                level = default;
            }
        }
        level.Observations++;
        var weight = Math.Max(_weight, 1.0 / level.Observations);
        var difference = x - level.Average;
        level.Average += weight * difference;
        level.Variance = (1 - weight) * (level.Variance + weight * difference * difference);
    }

    private Anomaly Report(RoutingBatch batch, double entropy, double average) => new()
    {
        Info = Kind.Info,
        Router = batch.Router,
        Step = batch.Pass.Step,
        Value = entropy,
        Threshold = (1 - _minDrop) * average,
        Facts = $"mean router entropy fell to {entropy:0.000} from a moving average of {average:0.000}",
    };

    /// <summary>Of one router: the observation being gathered, and mean and variance (exponentially weighted) of those before.</summary>
    private record struct Level(double Sum, long Tokens, long Observations, double Average, double Variance, double Drop);
}
