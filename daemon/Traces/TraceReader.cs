using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces;

/// <summary>Reads a <c>.moetrace</c> file, also while it is written. Holds no long transaction. One thread at a time.</summary>
public sealed class TraceReader : IDisposable
{
    /// <exception cref="UserError">No file, not a trace, truncated, or from a newer version.</exception>
    public static TraceReader Open(string path) => throw new NotImplementedException();

    public string Path => throw new NotImplementedException();

    public TraceInfo Info => throw new NotImplementedException();

    /// <summary>In forward order.</summary>
    public IReadOnlyList<RouterInfo> Routers => throw new NotImplementedException();

    /// <summary>What the file holds now.</summary>
    public TraceExtent Extent() => throw new NotImplementedException();

    /// <summary>The first batch; null = there is none.</summary>
    public BatchKey? First() => throw new NotImplementedException();

    public BatchKey? Last() => throw new NotImplementedException();

    /// <summary>The batch after this one, whether or not there is one at <paramref name="key"/> itself; null = none.</summary>
    /// <param name="router">Only batches of this router; null = of all.</param>
    public BatchKey? Next(BatchKey key, int? router = null) => throw new NotImplementedException();

    /// <inheritdoc cref="Next"/>
    public BatchKey? Previous(BatchKey key, int? router = null) => throw new NotImplementedException();

    /// <summary>
    /// Fills <paramref name="batch"/> and its pass (a <see cref="RoutingPass"/> of the caller's, filled too) with a recorded batch, and with what it was before a change.
    /// Columns that were recorded as float16 come back widened.
    /// </summary>
    /// <param name="columns">Columns to read; others are not present afterwards.</param>
    /// <returns>False = there is no such batch.</returns>
    public bool Read(BatchKey key, RoutingPass pass, RoutingBatch batch, RoutingColumns columns = RoutingColumns.All) => throw new NotImplementedException();

    public IReadOnlyList<TraceSequence> Sequences() => throw new NotImplementedException();

    /// <summary>Generated tokens in order, from <paramref name="fromStep"/> on.</summary>
    public IEnumerable<TraceToken> Tokens(long fromStep = 0) => throw new NotImplementedException();

    public IReadOnlyList<TraceStop> Stops() => throw new NotImplementedException();

    public IReadOnlyList<TraceIntervention> Interventions() => throw new NotImplementedException();

    public IReadOnlyList<TraceAnomaly> Anomalies() => throw new NotImplementedException();

    public IReadOnlyList<TraceDrop> Drops() => throw new NotImplementedException();

    public IReadOnlyList<TraceChecksum> Checksums() => throw new NotImplementedException();

    /// <summary>Loads of a router in the steps <paramref name="from"/> to <paramref name="to"/>, in order; steps without data are left out.</summary>
    public IEnumerable<TraceLoads> Loads(int router, long from, long to) => throw new NotImplementedException();

    /// <summary>The text of a token id as the recording knows it; null = unknown or redacted.</summary>
    public string? TextOf(int tokenId) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
