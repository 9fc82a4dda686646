using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>A forward pass that raised. The program says so itself; no batch shows it.</summary>
internal sealed class FailedForward : IAnomalyDetector
{
    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = AnomalyMonitor.Failed,
            Title = $"Exception in forward",
            Severity = AnomalySeverity.Error,
            Meaning = $"The forward pass of the model raised it after this router had decided, and nothing in the program caught it.",
            Advice = $"Look at the routing so far, and at the lines of the program below; when the session goes on the program ends with it.",
        },
        (_, _) => new FailedForward());

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.None;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found) => true;

    public static Anomaly Report(TrainingFailure failure, RouterInfo last) => new()
    {
        Info = Kind.Info,
        Router = last,
        Step = failure.Step,
        Value = 1,
        Threshold = 0,
        Facts = $"{failure.Type}: {failure.Message}",
        Stack = failure.Stack,
    };

    public void Clear()
    {
    }
}
