using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// Experts whose share of the load q_e = c_e/C lies beyond a bound over a window, with its whole 95 % interval (Wilson), so that few tokens say nothing: hot ones above a multiple
/// of the fair share 1/N, cold ones below a fixed share. Each expert is reported once, until it has come back.
/// </summary>
internal sealed class ExpertShare : IAnomalyDetector
{
    private readonly AnomalyInfo _info;
    private readonly bool _hot;
    private readonly double _threshold;
    private readonly int _minTokens;
    private readonly LoadWindow _window;
    private readonly PerRouter<bool[]?> _reported = new();

    private ExpertShare(AnomalyInfo info, AnomalySettings settings)
    {
        (_info, _hot) = (info, info == Hot.Info);
        _threshold = settings["threshold"];
        _minTokens = settings.Whole("min_tokens");
        _window = new LoadWindow(settings.Whole("window"));
    }

    public static AnomalyKind Hot { get; } = KindOf(new AnomalyInfo
    {
        Id = "hot_expert",
        Title = $"Hot expert",
        Severity = AnomalySeverity.Info,
        Settings =
        [
            new("threshold", 3, 1, 100_000, false, $"load, in fair shares, above which an expert is hot"),
            AnomalySetting.Window(64),
            AnomalySetting.MinTokens(256),
        ],
        Meaning = $"These experts take several times their fair share: they bound the speed of the layer and, with a capacity limit, drop tokens.",
        Advice = $"Open the dossier of the expert to see what it takes; text of one kind makes hot experts in a healthy model.",
    });

    public static AnomalyKind Cold { get; } = KindOf(new AnomalyInfo
    {
        Id = "cold_expert",
        Title = $"Cold expert",
        Severity = AnomalySeverity.Info,
        Settings =
        [
            new("threshold", 0.001, 0, 1, false, $"share of all assignments below which an expert is cold"),
            AnomalySetting.Window(64),
            AnomalySetting.MinTokens(256),
        ],
        Meaning = $"These experts still get a token now and then, and learn next to nothing; many of them together are the beginning of a collapse.",
        Advice = $"Watch their number over the next steps; if it grows, look at the balancing loss before they are dead.",
    });

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.SelectedExperts;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        _window.Fill(batch, loads);
        if (_window.Tokens < _minTokens || _window.Assignments == 0) return true;
        var counts = _window.Counts;
        var bound = _hot ? _threshold / counts.Length : _threshold;
        var reported = _reported[batch.Router.Index] ??= new bool[batch.Router.Experts];
        List<int>? experts = null;
        for (var e = 0; e < counts.Length; e++)
        {
            var share = WilsonInterval.Of(counts[e], _window.Assignments);
            var beyond = _hot ? share.Low > bound : share.High < bound;
            if (beyond && !reported[e]) (experts ??= []).Add(e);
            reported[e] = beyond;
        }
        if (experts is not null) found.Add(Report(batch, experts));
        return true;
    }

    public void Clear() => _reported.Clear();

    private static AnomalyKind KindOf(AnomalyInfo info) => new(info, (settings, _) => new ExpertShare(info, settings));

    private Anomaly Report(RoutingBatch batch, List<int> experts)
    {
        double Measure(int e) => (double)_window.Counts[e] / _window.Assignments * (_hot ? _window.Counts.Length : 1);
        var furthest = _hot ? experts.MaxBy(Measure) : experts.MinBy(Measure);
        var names = string.Join(", ", experts.Select(e => $"E{e}"));
        return new Anomaly
        {
            Info = _info,
            Router = batch.Router,
            Step = batch.Pass.Step,
            Experts = experts,
            Value = Measure(furthest),
            Threshold = _threshold,
            Facts = _hot
                ? (FormattableString)$"{names}: load up to {Measure(furthest):0.00}, above {_threshold:0.00} over {_window.Steps} steps ({_window.Tokens} tokens)"
                : $"{names}: share down to {Measure(furthest):0.00000}, below {_threshold:0.00000} over {_window.Steps} steps ({_window.Tokens} tokens)",
        };
    }
}
