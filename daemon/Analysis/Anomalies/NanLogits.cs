using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// NaN or Inf in the router logits. Reported at the first router in forward order that has them: the later layers of that pass only
/// inherit them. The model's own logits are read, not what an intervention made of them.
/// </summary>
internal sealed class NanLogits : IAnomalyDetector
{
    private readonly PerRouter<bool> _reported = new();
    private (long Step, int Pass, int Rank)? _tainted;

    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = "nan_logits",
            Title = $"NaN logits",
            Severity = AnomalySeverity.Error,
            NamesRows = true,
            Meaning = $"The hidden states that reach this router are not finite any more: an overflow, a division by zero, or a softmax over nothing, in this layer or the one before.",
            Advice = $"Look at the first rows named, and at what the layer before computes for them; masks that leave nothing to attend to, too high a learning rate and float16 are the usual causes.",
        },
        (_, _) => new NanLogits());

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.RouterLogits;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found)
    {
        var own = batch.Before ?? batch;
        var router = batch.Router.Index;
        var rows = 0;
        for (var row = 0; row < own.Tokens; row++)
            if (own.IsToken(row) && !IsFinite(own.LogitsOf(row))) rows++;
        if (rows == 0)
        {
            _reported[router] = false;
            return true;
        }
        var pass = (batch.Pass.Step, batch.Pass.Pass, batch.Pass.Rank);
        if (_tainted == pass) return false;
        _tainted = pass;
        if (!_reported[router]) found.Add(Report(own, rows));
        _reported[router] = true;
        return false;
    }

    public void Clear()
    {
        _reported.Clear();
        _tainted = null;
    }

    private static Anomaly Report(RoutingBatch batch, int count)
    {
        var rows = new List<int>(count);
        var tokens = 0;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            tokens++;
            if (!IsFinite(batch.LogitsOf(row))) rows.Add(row);
        }
        var first = rows[0];
        var logits = batch.LogitsOf(first).ToArray();
        return new Anomaly
        {
            Info = Kind.Info,
            Router = batch.Router,
            Step = batch.Pass.Step,
            Rows = rows,
            Experts = [.. Enumerable.Range(0, batch.Experts).Where(e => !float.IsFinite(logits[e]))],
            Value = count,
            Threshold = 0,
            Facts = batch.Pass.Rows.Position[first] is var position and >= 0
                ? (FormattableString)$"router logits of {count} of {tokens} rows are NaN or Inf, first row {first} (position {position})"
                : $"router logits of {count} of {tokens} rows are NaN or Inf, first row {first}",
        };
    }

    private static bool IsFinite(ReadOnlySpan<float> logits)
    {
        foreach (var z in logits)
            if (!float.IsFinite(z)) return false;
        return true;
    }
}
