namespace MoeDevtools.Servers.Rpc.Protocol;

/// <param name="To">Last step that was looked at; null = none was.</param>
internal sealed record AnomaliesResult(IReadOnlyList<AnomalyNote> Anomalies, long? To);

/// <summary>Sentences are in the client's language.</summary>
/// <param name="Severity"><c>info</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Step">Where it began last.</param>
/// <param name="Times">How often it began.</param>
/// <param name="Facts">What was measured.</param>
/// <param name="Meaning">What it usually means.</param>
/// <param name="Advice">What to try.</param>
internal sealed record AnomalyNote(string Id, string Severity, int Router, long Step, IReadOnlyList<int> Experts, long Times, string Facts, string Meaning, string Advice)
{
    public int? Row { get; init; }
}
