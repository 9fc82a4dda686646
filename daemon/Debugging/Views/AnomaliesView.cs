namespace MoeDevtools.Debugging.Views;

/// <summary>What is wrong with the routers of a run, by every filter with its default settings.</summary>
public static class AnomaliesView
{
    /// <returns>What was found, and the last step that was looked at: those after it come with the next look.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static (IReadOnlyList<FoundAnomaly> Found, long? To) Of(RecordedRun run, CancellationToken cancelled) => run.Look(run.Anomalies.Look, cancelled);
}
