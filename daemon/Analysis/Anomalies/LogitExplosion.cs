using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// The router z-loss, mean (logsumexp z)² (ST-MoE, Zoph et al. 2022), grows to a multiple of the lowest level that this router had. An observation is the mean over as many
/// batches as hold enough tokens, a level the exponential moving average of observations. A level that was always high is a trait of the model, not an explosion.
/// </summary>
internal sealed class LogitExplosion(AnomalySettings settings) : IAnomalyDetector
{
    private readonly double _threshold = settings["threshold"];
    private readonly double _floor = settings["floor"];
    private readonly double _weight = 2 / (settings["window"] + 1);
    private readonly int _minTokens = settings.Whole("min_tokens");
    private readonly PerRouter<Level> _levels = new();

    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = "logit_explosion",
            Title = $"Logit explosion",
            Severity = AnomalySeverity.Warning,
            Settings =
            [
                new("threshold", 10, 1, 1e9, false, $"growth of the z-loss over its lowest level above which the logits explode"),
                new("floor", 50, 0, 1e9, false, $"z-loss below which nothing is called an explosion"),
                new("window", 8, 1, AnomalySetting.LongestWindow, true, $"span of the moving average, in observations"),
                AnomalySetting.MinTokens(64),
            ],
            Meaning = $"The router logits grow without bound: the softmax saturates, small differences of rounding decide, and lower precisions overflow.",
            Advice = $"Add or raise the router z-loss, lower the router's learning rate, and compute the router in float32.",
        },
        (settings, _) => new LogitExplosion(settings));

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.RouterLogits;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        ref var level = ref _levels[batch.Router.Index];
        var (sum, tokens) = RowSums.Of(batch, static (own, row) => Math.Pow(Formulas.LogSumExp(own.LogitsOf(row)), 2));
        level.Sum += sum;
        level.Tokens += tokens;
        if (level.Tokens < _minTokens) return true;
        var observed = level.Sum / level.Tokens;
        (level.Sum, level.Tokens) = (0, 0);
        level.Average = level.Average is { } before ? before + _weight * (observed - before) : observed;
        level.Lowest = level.Lowest is { } lowest ? Math.Min(lowest, level.Average.Value) : level.Average;
        var bound = Math.Max(_floor, _threshold * level.Lowest.Value);
        var explodes = level.Average > bound;
        if (explodes && !level.Reported) found.Add(Report(batch, level.Average.Value, level.Lowest.Value, bound));
        level.Reported = explodes;
        return true;
    }

    public void Clear() => _levels.Clear();

    private static Anomaly Report(RoutingBatch batch, double average, double lowest, double bound) => new()
    {
        Info = Kind.Info,
        Router = batch.Router,
        Step = batch.Pass.Step,
        Value = average,
        Threshold = bound,
        Facts = $"router z-loss grew to {average:0.0} from {lowest:0.0}, and is above {bound:0.0}",
    };

    /// <summary>Of one router: the observation being gathered, the moving average, its lowest value, and whether the growth was reported.</summary>
    private record struct Level(double Sum, long Tokens, double? Average, double? Lowest, bool Reported);
}
