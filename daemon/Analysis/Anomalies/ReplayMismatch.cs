using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>Under forced routing: rows where the model would have chosen other experts than the recording that decides for it.</summary>
internal sealed class ReplayMismatch(AnomalySettings settings) : IAnomalyDetector
{
    private readonly double _threshold = settings["threshold"];
    private readonly PerRouter<bool> _reported = new();

    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = "replay_mismatch",
            Title = $"Replay mismatch",
            Severity = AnomalySeverity.Warning,
            NamesRows = true,
            Settings = [new("threshold", 0, 0, 1, false, $"share of a batch's tokens that may differ")],
            Meaning = $"The model would route these tokens elsewhere than the recording that is imposed on it: weights, precision or tokens are not those that were recorded.",
            Advice = $"Look at the selection margin of the first rows named: a small one says rounding, a large one another model; diff compares two recordings.",
        },
        (settings, _) => new ReplayMismatch(settings));

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.SelectedExperts;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        if (!batch.IsReplayed || batch.Before is not { } own) return true;
        int tokens = 0, others = 0;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            tokens++;
            if (!ExpertSets.Equal(own.ExpertsOf(row), batch.ExpertsOf(row))) others++;
        }
        var differs = others > _threshold * tokens;
        var index = batch.Router.Index;
        if (differs && !_reported[index]) found.Add(Report(batch, own, tokens));
        _reported[index] = differs;
        return true;
    }

    public void Clear() => _reported.Clear();

    private Anomaly Report(RoutingBatch batch, RoutingBatch own, int tokens)
    {
        var rows = Enumerable.Range(0, batch.Tokens).Where(row => batch.IsToken(row) && !ExpertSets.Equal(own.ExpertsOf(row), batch.ExpertsOf(row))).ToList();
        return new Anomaly
        {
            Info = Kind.Info,
            Router = batch.Router,
            Step = batch.Pass.Step,
            Rows = rows,
            Value = (double)rows.Count / tokens,
            Threshold = _threshold,
            Facts = $"{rows.Count} of {tokens} rows would have chosen other experts than were recorded",
        };
    }
}
