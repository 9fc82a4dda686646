using System.Runtime.InteropServices;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces.Storage;
using MoeDevtools.Traces.Writing;

namespace MoeDevtools.Traces;

/// <summary>
/// Writes a <c>.moetrace</c> file while a session runs: callers copy into a bounded queue, one thread of the writer's own commits at most a second apart.
/// Any thread may call, each call returns before anything reaches the disk; a full queue makes the caller wait (nothing is lost). Errors of the disk come
/// out of the next call, once; then recording has ended and further calls do nothing.
/// </summary>
/// <remarks>Dispose readers of the file before the writer: closing then leaves one file without a log beside it.</remarks>
public sealed class TraceWriter : IDisposable
{
    private readonly TraceOptions _options;
    private readonly ChunkQueue _queue = new();
    private readonly RecordStore _store;
    private readonly Thread _thread;

    // Guarded by the queue's gate.
    private readonly Dictionary<int, (long Step, int Pass)> _passes = [];
    private readonly Dictionary<int, string> _texts = [];
    private readonly Dictionary<int, string?> _labels = [];
    private int[] _counts = [];

    private volatile RoutingColumns[] _columns;                // by router

    private UserError? _error;
    private bool _closed;

    private TraceWriter(string path, TraceInfo info, IReadOnlyList<RouterInfo> routers, TraceOptions options, RoutingColumns[] columns)
    {
        (Path, _options, _columns) = (path, options, columns);
        _store = new RecordStore(path, info, routers, options, columns);
        _thread = new Thread(Write) { Name = "trace writer", IsBackground = true };
        _thread.Start();
    }

    public string Path { get; }

    /// <summary>True once an error of the disk has ended the recording.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Makes the file; one that is there already is replaced only once it is known to be a trace.</summary>
    /// <param name="routers">All routers of the model, in forward order: <see cref="RouterInfo.Index"/> is the place in this list.</param>
    /// <exception cref="UserError">It cannot be written there, or something else is there.</exception>
    public static TraceWriter Create(string path, TraceInfo info, IReadOnlyList<RouterInfo> routers, TraceOptions options)
    {
        if (options.Routers.FirstOrDefault(glob => RouterNames.Match(glob, routers).Count == 0) is { } stray)
            throw new UserError("MOE7107", $"no router matches {stray}, so none would be recorded.", $"Routers with the nearest names: {string.Join(", ", RouterNames.Nearest(stray, routers))}.");
        try
        {
            TraceFile.TakeOver(path);
            TraceFile.Delete(path);
            return new TraceWriter(path, info, routers, options, [.. routers.Select(r => ColumnsOf(r, options))]);
        }
        catch (Exception cause) when (cause is SqliteFailure or IOException or UnauthorizedAccessException)
        {
            throw TraceErrors.Writing(path, cause);
        }
    }

    /// <summary>A router that has come to the end of the others. To be added before its batches.</summary>
    public void Add(RouterInfo router)
    {
        _columns = [.. _columns, ColumnsOf(router, _options)];
        AddObject(new AddedRouter(router, _columns[router.Index]));
    }

    /// <summary>What to capture of a router so that it can be recorded: its columns, and what loads are counted from.</summary>
    public RoutingColumns Wanted(RouterInfo router) =>
        HasEnded || _columns[router.Index] == RoutingColumns.None ? RoutingColumns.None : _columns[router.Index] | RoutingColumns.SelectedExperts;

    /// <summary>
    /// One batch whose decisions are final, with what it was before a change. Copied before the call returns. Batches of one pass share its rows, which are kept once;
    /// a second batch of the same router, pass and rank is not kept, and counted in the drops.
    /// </summary>
    /// <param name="problems">The verdict of <see cref="BatchValidator"/> on the batch as the model made it; null = it is made here.</param>
    /// <exception cref="UserError">The disk is full or the file went away; recording has ended then, and what was committed is kept.</exception>
    public void Add(RoutingBatch batch, BatchProblems? problems = null)
    {
        var columns = _columns[batch.Router.Index];
        if (columns == RoutingColumns.None || IsOver()) return;
        var verdict = problems ?? BatchValidator.Check(batch.Before ?? batch);
        var layout = BatchCodec.LayoutOf(batch, columns, _options.HalfPrecision);
        lock (_queue.Gate)
        {
            AddPass(batch.Pass);
            if (batch.Before is { } before) AddBatch(before, BatchCodec.LayoutOf(before, columns, _options.HalfPrecision), verdict, isBefore: true);
            AddBatch(batch, layout, verdict, isBefore: false);
        }
    }

    /// <summary>To be added before its rows: their labels are kept only where they differ from their sequence's.</summary>
    public void Add(TraceSequence sequence)
    {
        lock (_queue.Gate) _labels[sequence.Index] = sequence.Label;
        AddObject(sequence);
    }

    public void Add(TraceToken token) => AddObject(token);

    public void Add(TraceStop stop) => AddObject(stop);

    /// <summary>Adds an intervention, or writes its new state (<see cref="TraceIntervention.Removed"/>).</summary>
    public void Add(TraceIntervention intervention) => AddObject(intervention);

    public void Add(TraceAnomaly anomaly) => AddObject(anomaly);

    public void Add(TraceDrop drop) => AddObject(drop);

    /// <summary>Loads of a router in a step of which there are no batches (an import of counts); those of batches are counted as they come.</summary>
    public void Add(TraceLoads loads) => AddObject(loads);

    public void Add(TraceChecksum checksum) => AddObject(checksum);

    /// <summary>Returns when all that was added before is committed and a <see cref="TraceReader"/> sees it.</summary>
    public void Flush()
    {
        using var flush = new Flush();
        if (!AddObject(flush)) return;
        _queue.Hurry();
        flush.Wait();
        IsOver();
    }

    /// <summary>Commits the rest and leaves one file. Calling it again does nothing.</summary>
    /// <exception cref="UserError">An error of the disk that no call has reported yet.</exception>
    public void Close()
    {
        if (_closed) return;
        _closed = true;
        _queue.Close();
        _thread.Join();
        _queue.Dispose();
        if (Interlocked.Exchange(ref _error, null) is { } error) throw error;
    }

    /// <summary><see cref="Close"/>, but an error that no call has reported is lost.</summary>
    public void Dispose()
    {
        try
        {
            Close();
        }
        catch (UserError)
        {
            // Whoever wants to know calls Close.
        }
    }

    private static RoutingColumns ColumnsOf(RouterInfo router, TraceOptions options) =>
        RouterNames.AreFor(options.Routers, router) ? options.Columns : RoutingColumns.None;

    /// <summary>Reports the error that ended the recording, once.</summary>
    private bool IsOver()
    {
        if (_error is not null && Interlocked.Exchange(ref _error, null) is { } error) throw error;
        return HasEnded || _closed;
    }

    private bool AddObject(object record)
    {
        if (IsOver()) return false;
        lock (_queue.Gate)
        {
            if (_queue.RoomFor(Chunk.SizeOf<int>(0)) is not { } chunk) return false;
            chunk.Append(record);
            return true;
        }
    }

    private void AddPass(RoutingPass pass)
    {
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_passes, pass.Rank, out var known);
        if (known && last == (pass.Step, pass.Pass)) return;
        last = (pass.Step, pass.Pass);
        var rows = pass.Rows;
        var count = rows.Count;
        var content = count * (3 * sizeof(int) + 1);
        var texts = TextsOf(rows);
        var head = new PassRecord { Step = pass.Step, Pass = pass.Pass, Rank = pass.Rank, Phase = (int)pass.Phase, Rows = count, IsPaddingKnown = rows.IsPaddingKnown, Time = RecordStore.Now() };
        if (_queue.RoomFor(Chunk.SizeOf<int>(0) + Chunk.SizeOf<PassRecord>(content)) is not { } chunk) return;
        if (texts is not null) chunk.Append(texts);                                       // in the same room, so that no other pass comes between
        var into = chunk.Append(RecordKind.Pass, head, content);
        BatchCodec.Integers(rows.Sequence.AsSpan(0, count), into);
        BatchCodec.Integers(rows.Position.AsSpan(0, count), into[(count * sizeof(int))..]);
        BatchCodec.Integers(rows.TokenId.AsSpan(0, count), into[(2 * count * sizeof(int))..]);
        MemoryMarshal.AsBytes(rows.Padding.AsSpan(0, count)).CopyTo(into[(3 * count * sizeof(int))..]);
    }

    /// <summary>Sends texts of ids that come for the first time; returns those that no id gives, and labels that no sequence gives.</summary>
    private RowTexts? TextsOf(RoutingRows rows)
    {
        List<(int, string?)>? texts = null, labels = null;
        for (var row = 0; row < rows.Count; row++)
        {
            var (id, text, label) = (rows.TokenId[row], rows.Text[row], rows.Label[row]);
            if (text is not null && !IsTextOf(id, text)) (texts ??= []).Add((row, text));
            if (label != _labels.GetValueOrDefault(rows.Sequence[row])) (labels ??= []).Add((row, label));
        }
        return texts is null && labels is null ? null : new RowTexts(texts is null ? null : RouterJson.Write(texts), labels is null ? null : RouterJson.Write(labels));
    }

    private bool IsTextOf(int id, string text)
    {
        if (id < 0) return false;
        if (_texts.TryGetValue(id, out var known)) return known == text;
        _texts[id] = text;
        if (_queue.RoomFor(Chunk.SizeOf<int>(0)) is { } chunk) chunk.Append(new TokenText(id, text));
        return true;
    }

    private void AddBatch(RoutingBatch batch, in BatchLayout layout, BatchProblems problems, bool isBefore)
    {
        var blobBytes = layout.Total;
        var loads = !isBefore && batch.Has(RoutingColumns.SelectedExperts) && batch.Pass.Phase != Phase.Recompute;
        var content = blobBytes + (loads ? batch.Experts * sizeof(int) : 0);
        if (_queue.RoomFor(Chunk.SizeOf<BatchRecord>(content)) is not { } chunk) return;
        var head = new BatchRecord
        {
            Step = batch.Pass.Step, Pass = batch.Pass.Pass, Rank = batch.Pass.Rank, Router = batch.Router.Index, Rows = batch.Tokens, Slots = batch.Slots,
            Present = (int)layout.Present, Observed = (int)(batch.Observed & layout.Present), Problems = (int)problems,
            IdBytes = layout.IdBytes, RealBytes = layout.RealBytes, IsBefore = isBefore, HasLoads = loads,
        };
        if (!loads)
        {
            BatchCodec.Encode(batch, layout, chunk.Append(RecordKind.Batch, head, content));
            return;
        }
        if (_counts.Length < batch.Experts) _counts = new int[batch.Experts];
        var counts = _counts.AsSpan(0, batch.Experts);
        counts.Clear();
        (head.Tokens, head.EmptySlots) = batch.CountInto(counts, 1);
        var into = chunk.Append(RecordKind.Batch, head, content);
        BatchCodec.Encode(batch, layout, into[..blobBytes]);
        MemoryMarshal.AsBytes(counts).CopyTo(into[blobBytes..]);
    }

    /// <summary>The writer's thread.</summary>
    private void Write()
    {
        Chunk? chunk = null;
        try
        {
            while (true)
            {
                chunk = _queue.Next(_store.Deadline);
                if (chunk is not null)
                {
                    _store.Write(chunk);
                    _queue.Return(chunk);
                }
                else if (_store.Deadline is not null) _store.Commit();
                else break;                                                               // closed and empty
            }
            _store.Close();
        }
#pragma warning disable CA1031 // whatever ends the recording is the callers' to report; a thread that throws would end the process
        catch (Exception cause)
#pragma warning restore CA1031
        {
            HasEnded = true;
            Volatile.Write(ref _error, TraceErrors.Writing(Path, cause));
            Discard(chunk);
        }
        finally
        {
            _store.Dispose();
        }
    }

    /// <summary>Lets callers that wait go on: what they add is gone, as the error says.</summary>
    private void Discard(Chunk? chunk)
    {
        _queue.Close();
        for (; chunk is not null; chunk = _queue.Next(null))
        {
            foreach (var flush in chunk.Objects.OfType<Flush>()) flush.Done();
            _queue.Return(chunk);
        }
    }
}
