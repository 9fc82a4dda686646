using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// The share of slots that hold no expert, dropped for lack of capacity, is above a bound over a window. The first steps of a training are not judged: young routers are uneven and drop more
/// (measured at capacity 1.25: up to 0.53 in the first 25 steps, below 0.22 after 75).
/// </summary>
internal sealed class TokenDrop(AnomalySettings settings) : IAnomalyDetector
{
    private readonly double _threshold = settings["threshold"];
    private readonly int _settle = settings.Whole("settle");
    private readonly int _minTokens = settings.Whole("min_tokens");
    private readonly LoadWindow _window = new(settings.Whole("window"));
    private readonly PerRouter<bool> _reported = new();
    private readonly PerRouter<long?> _first = new();       // the first step that was seen

    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = "token_drop",
            Title = $"Token drop",
            Severity = AnomalySeverity.Warning,
            Settings =
            [
                new("threshold", 0.25, 0, 1, false, $"share of assignments that are dropped above which it is reported"),
                AnomalySetting.Window(64),
                new("settle", 200, 0, AnomalySetting.LongestWindow, true, $"steps of a training, from the first one that is seen, about which it says nothing"),
                AnomalySetting.MinTokens(256),
            ],
            Meaning = $"Many tokens find their experts full and pass the layer by without an expert, so the layer does not learn from them.",
            Advice = $"Look at the loads first: a few full experts want a stronger balancing loss; if the loads are even, raise the capacity factor.",
        },
        (settings, _) => new TokenDrop(settings));

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.SelectedExperts;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        if (batch.Before is not null) return true;      // slots that an intervention emptied are not dropped
        _window.Fill(batch, loads);
        var (index, step) = (batch.Router.Index, batch.Pass.Step);
        var first = _first[index] ??= step;
        if (batch.Pass.Phase is Phase.Train or Phase.Eval && step - first < _settle) return true;
        if (_window.Tokens < _minTokens || _window.Assignments + _window.IdentityAssignments + _window.EmptySlots == 0) return true;
        var rate = LoadFormulas.DropRate(_window.Assignments + _window.IdentityAssignments, _window.EmptySlots);
        var drops = rate > _threshold;
        if (drops && !_reported[index]) found.Add(Report(batch, rate));
        _reported[index] = drops;
        return true;
    }

    public void Clear()
    {
        _reported.Clear();
        _first.Clear();
    }

    private Anomaly Report(RoutingBatch batch, double rate) => new()
    {
        Info = Kind.Info,
        Router = batch.Router,
        Step = batch.Pass.Step,
        Value = rate,
        Threshold = _threshold,
        Facts = $"drop rate {rate:0.00} > {_threshold:0.00} over {_window.Steps} steps ({_window.Tokens} tokens)",
    };
}
