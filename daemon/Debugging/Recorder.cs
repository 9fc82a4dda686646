using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>
/// Writes what a session sees into its recording, and hands what the run reports on to the client. When the recording fails the session goes on without it and the client is told,
/// once.
/// </summary>
internal sealed class Recorder(TraceWriter writer, IDebugClient client) : IRunObserver, IDisposable
{
    private bool _failed;

    public string Path => writer.Path;

    public TraceWriter Writer => writer;

    public RoutingColumns Wanted(RouterInfo router) => _failed ? RoutingColumns.None : writer.Wanted(router);

    public void OnSequence(int index, SequenceInput input)
    {
        Write(new TraceSequence(index, input.Id, input.Label, input.Ids), static (w, s) => w.Add(s));
        client.OnSequence(index, input);
    }

    public void OnLogits(int sequence, int position, ReadOnlySpan<float> logits) => client.OnLogits(sequence, position, logits);

    public void OnToken(GeneratedToken token)
    {
        Write(new TraceToken(token.Sequence, token.Step, token.Position, token.Id, token.Text, token.LogProbability, token.Sampler), static (w, t) => w.Add(t));
        client.OnToken(token);
    }

    public void OnSequenceEnd(SequenceResult result) => client.OnSequenceEnd(result);

    public void OnNotice(FormattableString notice) => client.OnNotice(notice);

    /// <param name="problems">The verdict on the batch as the model made it.</param>
    public void Add(RoutingBatch batch, BatchProblems problems) => Write((batch, problems), static (w, b) => w.Add(b.batch, b.problems));

    public void Add(Stop stop) => Write(
        new TraceStop(stop.Cursor.Batch, stop.Row, stop.Reason.ToString().ToLowerInvariant(), stop.Hits.Count == 0 ? null : string.Join(", ", stop.Hits.Select(h => h.Text))),
        static (w, s) => w.Add(s));

    public void Add(Anomaly anomaly, RoutingBatch batch) => Write(
        new TraceAnomaly(Cursor.In(batch, 0).Batch, anomaly.Row, anomaly.Id, anomaly.Severity.ToString().ToLowerInvariant(), anomaly.Text),
        static (w, a) => w.Add(a));

    public void Add(TraceChecksum checksum) => Write(checksum, static (w, c) => w.Add(c));

    /// <summary>A router that has come to the end of the others.</summary>
    public void Add(RouterInfo router) => Write(router, static (w, r) => w.Add(r));

    /// <param name="removed">Where it was taken back; null = it holds.</param>
    public void Add(ActiveIntervention active, Cursor? removed = null) => Write(
        new TraceIntervention(active.Id, active.Changes.ToString(), Place(active.From), active.Once, Place(removed)), static (w, i) => w.Add(i));

    /// <summary>Makes readers see what was added so far. Any thread.</summary>
    public void Flush() => Write(0, static (w, _) => w.Flush());

    public void Dispose() => Write(0, static (w, _) => w.Dispose());

    private static (BatchKey Batch, int Row)? Place(Cursor? cursor) => cursor is { } c ? (c.Batch, c.Row) : null;

    private void Write<T>(T what, Action<TraceWriter, T> write)
    {
        if (_failed) return;
        try
        {
            write(writer, what);
        }
        catch (UserError error)
        {
            _failed = true;
            client.OnRecordingFailed(error);
        }
    }
}
