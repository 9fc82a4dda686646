using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>Looks for one anomaly in all routers of a session, batch by batch. Compute thread only; keeps what it has already
/// reported.</summary>
internal interface IAnomalyDetector
{
    /// <summary>The columns it needs of <paramref name="router"/>; None = the anomaly cannot be there. Allocates nothing.</summary>
    RoutingColumns Wanted(RouterInfo router);

    /// <summary>
    /// Adds what is new to <paramref name="found"/>; allocates only then. Called only where the batch has the wanted columns. False: the
    /// batch cannot be judged any further.
    /// </summary>
    /// <param name="loads">The router's earlier batches.</param>
    bool Check(RoutingBatch batch, ExpertLoads loads, List<Anomaly> found);

    /// <summary>As <see cref="Check"/>, of what a training program says before an optimizer step.</summary>
    void CheckStep(TrainingStep step, List<Anomaly> found) { }

    /// <summary>Forgets what it saw and reported.</summary>
    void Clear();
}
