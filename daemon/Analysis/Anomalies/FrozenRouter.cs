using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>
/// The weights of a router stay the same, bit for bit, over a window of optimizer steps, although gradients reach them: no optimizer owns them, or its learning rate is 0.
/// Weights without a gradient were frozen on purpose. Of several ranks the first one that reports is looked at: each holds a copy or a part of the same weights.
/// </summary>
internal sealed class FrozenRouter(AnomalySettings settings, IReadOnlyList<RouterInfo> routers) : IAnomalyDetector
{
    private readonly int _window = settings.Whole("window");
    private readonly PerRouter<Weights> _weights = new();

    public static AnomalyKind Kind { get; } = new(
        new AnomalyInfo
        {
            Id = "frozen_router",
            Title = $"Frozen router",
            Severity = AnomalySeverity.Error,
            Settings = [new("window", 20, 1, AnomalySetting.LongestWindow, true, $"optimizer steps without a change after which a router is frozen")],
            Meaning = $"Gradients reach this router's weights and no optimizer step changes them: they are in none of its parameter groups, or their learning rate is 0.",
            Advice = $"Compare the names of the router's parameters with those that the optimizer was given; conditions on names that say what to include leave the rest out.",
        },
        (settings, routers) => new FrozenRouter(settings, routers));

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.None;

    public bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found) => true;

    public void CheckStep(TrainingStep step, List<Anomaly> found)
    {
        foreach (var (index, checksum, gradient) in step.Routers)
        {
            ref var weights = ref _weights[index];
            if (checksum is null || weights.Checksum is not null && weights.Rank != step.Rank) continue;
            if (checksum != weights.Checksum || gradient == false)
            {
                weights = new Weights(checksum, step.Rank, step.Step, false);
                continue;
            }
            var steps = step.Step - weights.Since;
            if (steps < _window || weights.Reported) continue;
            weights = weights with { Reported = true };
            found.Add(new Anomaly
            {
                Info = Kind.Info,
                Router = routers[index],
                Step = step.Step,
                Value = steps,
                Threshold = _window,
                Facts = $"weights unchanged over {steps} optimizer steps, since step {weights.Since}",
            });
        }
    }

    public void Clear() => _weights.Clear();

    /// <param name="Since">The step before which they were first seen as they are.</param>
    private record struct Weights(string? Checksum, int Rank, long Since, bool Reported);
}
