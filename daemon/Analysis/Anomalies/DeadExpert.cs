using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// c_e = 0 over the window, and not by chance: an expert with only a small share of the fair load (k/N a token) would be chosen by none
/// of T tokens with probability (1 − share·k/N)^T, which must lie below the threshold / N. The share leaves room for experts that a text
/// seldom needs.
/// </summary>
internal sealed class DeadExpert : IAnomalyDetector
{
    private readonly double _threshold;
    private readonly double _share;
    private readonly int _minSteps;
    private readonly int _minTokens;
    private readonly LoadWindow _window;
    private readonly PerRouter<bool[]?> _reported = new();

    private DeadExpert(AnomalySettings settings)
    {
        _threshold = settings["threshold"];
        _share = settings["share"];
        _minSteps = Math.Min(settings.Whole("min_steps"), settings.Whole("window"));
        _minTokens = settings.Whole("min_tokens");
        _window = new LoadWindow(settings.Whole("window"));
    }

    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = "dead_expert",
            Title = $"Dead expert",
            Severity = AnomalySeverity.Warning,
            Settings =
            [
                new("threshold", 0.01, 0, 1, false, $"probability of chance, for any expert of the router, below which one is dead"),
                new("share", 0.05, 0.0001, 1, false, $"load, as a share of the fair one, that a living expert has at least"),
                AnomalySetting.Window(200),
                new("min_steps", 10, 1, AnomalySetting.LongestWindow, true,
                    $"steps that the window must hold before it says anything, at most the window"),
                AnomalySetting.MinTokens(64),
            ],
            Meaning = $"No token chooses these experts any more, so they get no gradient and cannot come back by themselves; in inference the text may just not need them.",
            Advice = $"Raise the balancing loss or the bias update while training, or reset the experts; in inference look again over more and more varied text before you prune them.",
        },
        (settings, _) => new DeadExpert(settings));

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.SelectedExperts;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        _window.Fill(batch, loads);
        var reported = _reported[batch.Router.Index] ??= new bool[batch.Router.Rule.RealExperts];
        var counts = _window.Counts;
        var rule = batch.Router.Rule;
        var k = rule.IdentityExperts == 0 ? rule.K : (double)_window.Assignments / _window.Tokens;      // those of a token's slots that hold no identity
        var chance = Math.Pow(1 - _share * k / counts.Length, _window.Tokens);
        var certain = _window.Steps >= _minSteps && _window.Tokens >= _minTokens && _window.Assignments > 0 && chance < _threshold / counts.Length;
        var fresh = 0;
        for (var e = 0; e < counts.Length; e++)
        {
            if (counts[e] > 0) reported[e] = false;
            else if (certain && !reported[e]) fresh++;
        }
        if (fresh > 0) found.Add(Report(batch, reported, chance));
        return true;
    }

    public void Clear() => _reported.Clear();

    /// <summary>The dead experts that were not reported yet; marks them.</summary>
    private Anomaly Report(RoutingBatch batch, bool[] reported, double chance)
    {
        var experts = new List<int>();
        for (var e = 0; e < reported.Length; e++)
        {
            if (_window.Counts[e] > 0 || reported[e]) continue;
            reported[e] = true;
            experts.Add(e);
        }
        var threshold = _threshold / reported.Length;
        return new Anomaly
        {
            Info = Kind.Info,
            Router = batch.Router,
            Step = batch.Pass.Step,
            Experts = experts,
            Value = chance,
            Threshold = threshold,
            Facts = $"no token chose {string.Join(", ", experts.Select(e => $"E{e}"))} over {_window.Steps} steps ({_window.Tokens} tokens; chance {chance:0.0e+0} < {threshold:0.0e+0})",
        };
    }
}
