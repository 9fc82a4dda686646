using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// The mean router entropy lies near 1 (undecided) or near 0 (over-sharp). A trait, not a fault: fresh routers are undecided, and trained ones may be sharp. A mean is over as many batches
/// as hold enough tokens.
/// </summary>
internal sealed class EntropyExtreme(AnomalyInfo info, AnomalySettings settings) : IAnomalyDetector
{
    private readonly bool _undecided = info == Undecided.Info;
    private readonly double _threshold = settings["threshold"];
    private readonly int _minTokens = settings.Whole("min_tokens");
    private readonly PerRouter<(double Sum, long Tokens, bool Reported)> _means = new();

    public static AnomalyKind Undecided { get; } = KindOf(new AnomalyInfo
    {
        Id = "undecided_router",
        Title = $"Undecided router",
        Severity = AnomalySeverity.Info,
        Settings =
        [
            new("threshold", 0.98, 0, 1, false, $"mean router entropy above which a router is undecided"),
            AnomalySetting.MinTokens(4096),
        ],
        Meaning = $"This router gives all experts nearly the same score, so that rounding and noise choose; routers at the start of a training are so.",
        Advice = $"If it stays so, look whether the router gets gradients and whether its input is normalised away.",
    });

    public static AnomalyKind OverSharp { get; } = KindOf(new AnomalyInfo
    {
        Id = "over_sharp_router",
        Title = $"Over-sharp router",
        Severity = AnomalySeverity.Info,
        Settings =
        [
            new("threshold", 0.02, 0, 1, false, $"mean router entropy below which a router is over-sharp"),
            AnomalySetting.MinTokens(4096),
        ],
        Meaning = $"This router gives one expert nearly all of the score, so that the other chosen experts hardly count and no gradient reaches the rest.",
        Advice = $"Look at the size of its logits; a router z-loss or a lower learning rate of the router keeps them small.",
    });

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.RouterScores;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        ref var mean = ref _means[batch.Router.Index];
        var (sum, tokens) = RowSums.Entropy(batch);
        mean = (mean.Sum + sum, mean.Tokens + tokens, mean.Reported);
        if (mean.Tokens < _minTokens) return true;
        var value = mean.Sum / mean.Tokens;
        var extreme = _undecided ? value > _threshold : value < _threshold;
        if (extreme && !mean.Reported) found.Add(Report(batch, value, mean.Tokens));
        mean = (0, 0, extreme);
        return true;
    }

    public void Clear() => _means.Clear();

    private static AnomalyKind KindOf(AnomalyInfo info) => new(info, (settings, _) => new EntropyExtreme(info, settings));

    private Anomaly Report(RoutingBatch batch, double entropy, long tokens) => new()
    {
        Info = info,
        Router = batch.Router,
        Step = batch.Pass.Step,
        Value = entropy,
        Threshold = _threshold,
        Facts = _undecided
            ? (FormattableString)$"mean router entropy {entropy:0.000} > {_threshold:0.000} ({tokens} tokens)"
            : $"mean router entropy {entropy:0.000} < {_threshold:0.000} ({tokens} tokens)",
    };
}
