using MoeDevtools.Breakpoints;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>
/// What a session has recorded before its present stop, as decisions to go to. Any thread, while the compute thread waits; once it is disposed calls are cancelled.
/// </summary>
/// <param name="path">The recording.</param>
/// <param name="writer">Who still writes it; null = it is complete.</param>
internal sealed class Past(string path, TraceWriter? writer) : IDisposable
{
    // Guards all below; searches, which may take long, have a reader of their own.
    private readonly Lock _gate = new();

    // Whoever goes back over the edge of a pass comes to the row that over left from, by the pass that over led to.
    private readonly Dictionary<(long Step, int Pass), int> _leftFrom = [];

    // What each router had done before a batch: the last that was asked for, from which others are counted.
    private readonly Dictionary<int, (RouterTotals Totals, BatchKey Before)> _totals = [];
    private TraceReader? _reader;
    private bool _disposed;

    /// <summary>Notes where an over led.</summary>
    public void NoteOver(Cursor from, Cursor to)
    {
        using var guard = _gate.EnterScope();
        if ((from.Step, from.Pass) != (to.Step, to.Pass)) _leftFrom[(to.Step, to.Pass)] = from.Row;
    }

    /// <summary>The decision before <paramref name="at"/>: same row, router before; null = this is the first that is recorded.</summary>
    public Stop? Back(Cursor at)
    {
        using var guard = _gate.EnterScope();
        if (Reader.Previous(at.Batch) is not { } key) return null;
        var stop = Load(key);
        var row = (key.Step, key.Pass) == (at.Step, at.Pass) ? at.Row : _leftFrom.GetValueOrDefault((at.Step, at.Pass));
        return At(stop, Math.Min(row, stop.Batch.Tokens - 1));
    }

    /// <summary>Goes on from <paramref name="at"/> as the model did: to the next stop, or one step, which runs past hits and counts them; at the latest it ends at the present.</summary>
    /// <param name="others">Stops that no breakpoint made (anomalies) and that count too.</param>
    /// <exception cref="OperationCanceledException"/>
    public Stop Forward(StepKind kind, Stop at, Stop present, BreakpointManager breakpoints, IReadOnlyList<StopPoint> others, CancellationToken cancelled)
    {
        var from = at.Cursor;
        var plan = kind == StepKind.Continue ? null : new StepPlan(kind, from);
        var target = plan is null ? null : EndOf(plan, at, present);
        bool IsBeyond(Cursor c) => target is { } end ? end.IsBefore(c) : present.Reason != StopReason.End && !c.IsBefore(present.Cursor);

        using var reader = OpenToSearch();
        var steps = at.Steps.Select(row => at.Cursor with { Row = row }).Concat(target is { } last ? [last] : []).ToList();
        var scan = new HitScan(reader, breakpoints, steps);
        var other = others.Where(o => from.IsBefore(o.Cursor) && !IsBeyond(o.Cursor)).MinBy(o => o.Cursor, Cursor.Order);
        var passed = new List<Hit>();
        foreach (var hit in scan.From(scan.LooksBack ? reader.First() : from.Batch, present, cancelled).SkipWhile(h => !from.IsBefore(h.Cursor)))
        {
            if (IsBeyond(hit.Cursor) || other is not null && other.Cursor.IsBefore(hit.Cursor)) break;
            if (hit.Cursor == target || plan is not { RunsPastHits: true }) return Ended(At(hit, present));
            passed.AddRange(hit.Hits);
        }
        return Ended(other is not null ? At(other, present) : target is { } there ? Find(there, present)! : present);

        Stop Ended(Stop stop)
        {
            if (kind == StepKind.Over && stop.Cursor == target) NoteOver(from, stop.Cursor);
            return stop with { Passed = passed, Steps = [.. steps.Where(s => s.Batch == stop.Cursor.Batch && s.Row <= stop.Row).Select(s => s.Row)] };
        }
    }

    /// <summary>Where a step ends if nothing stops it; null = at the present.</summary>
    private Cursor? EndOf(StepPlan plan, Stop at, Stop present)
    {
        using var guard = _gate.EnterScope();
        var (from, end) = (at.Cursor, present.Cursor.Batch);
        if (plan.Kind == StepKind.Into && StepPlan.NextToken(at.Batch, from.Row + 1) is >= 0 and var row) return at.Cursor with { Row = row };
        var next = plan.Kind switch
        {
            StepKind.Into => Reader.Next(from.Batch, from.Router),
            StepKind.Out => Reader.Next(new BatchKey(from.Step, int.MaxValue, int.MaxValue, int.MaxValue)),
            _ => Reader.Next(from.Batch),
        };
        if (next is not { } key || key >= end)
        {
            var leadsThere = plan.Kind switch
            {
                StepKind.Into => end.Router == from.Router,
                StepKind.Out => end.Step > from.Step && (end.Pass, end.Router) == (0, 0),
                _ => true,
            };
            if (!leadsThere || from.Batch == end) return null;
            key = end;
        }
        return Cursor.In(key, plan.Kind == StepKind.Over && (key.Step, key.Pass) == (from.Step, from.Pass) ? from.Row : 0);
    }

    /// <summary>The last hit before <paramref name="at"/>; null = there is none.</summary>
    /// <inheritdoc cref="Forward"/>
    public Stop? Reverse(Cursor at, Stop present, BreakpointManager breakpoints, IReadOnlyList<StopPoint> others, CancellationToken cancelled)
    {
        using var reader = OpenToSearch();
        var scan = new HitScan(reader, breakpoints, []);
        var hit = scan.LooksBack
            ? scan.From(reader.First(), present, cancelled).TakeWhile(h => h.Cursor.IsBefore(at)).LastOrDefault()
            : scan.Backwards(at, present, cancelled);
        var other = others.Where(o => o.Cursor.IsBefore(at)).MaxBy(o => o.Cursor, Cursor.Order);
        var last = hit is null || other is not null && hit.Cursor.IsBefore(other.Cursor) ? other : hit;
        return last is null ? null : At(last, present);
    }

    /// <summary>A recorded decision, or one of the present batch; null = it is neither.</summary>
    public Stop? Find(Cursor cursor, Stop present)
    {
        using var guard = _gate.EnterScope();
        if (cursor.Batch > present.Cursor.Batch) return null;
        var stop = cursor.Batch == present.Cursor.Batch ? present : TryLoad(cursor.Batch);
        return stop is null || cursor.Row < 0 || cursor.Row >= stop.Batch.Tokens ? null : At(stop, cursor.Row);
    }

    /// <summary>The last decision that is recorded; null = none is.</summary>
    public Stop? Last()
    {
        using var guard = _gate.EnterScope();
        return Reader.Last() is { } key && TryLoad(key) is { } stop ? At(stop, stop.Batch.Tokens - 1) : null;
    }

    /// <summary>The first row of a router in each step that is recorded, up to the present one.</summary>
    public IReadOnlyList<Cursor> StepsOf(int router, Stop present)
    {
        using var guard = _gate.EnterScope();
        var steps = new List<Cursor>();
        for (var key = Reader.Next(new BatchKey(long.MinValue, 0, 0, 0), router); key is { } at && at < present.Cursor.Batch;
             key = Reader.Next(new BatchKey(at.Step, int.MaxValue, int.MaxValue, int.MaxValue), router))
            steps.Add(Cursor.In(at, 0));
        if (present.Router.Index == router && (steps.Count == 0 || steps[^1].Step != present.Cursor.Step)) steps.Add(present.Cursor with { Row = 0 });
        return steps;
    }

    /// <summary>The first step that is recorded; 0 where none is.</summary>
    public long FirstStep
    {
        get
        {
            using var guard = _gate.EnterScope();
            return Reader.First()?.Step ?? 0;
        }
    }

    /// <summary>The first batch of a step that is recorded; null = none is.</summary>
    public BatchKey? FirstOf(long step)
    {
        using var guard = _gate.EnterScope();
        return Reader.Next(new BatchKey(step - 1, int.MaxValue, int.MaxValue, int.MaxValue)) is { } key && key.Step == step ? key : null;
    }

    /// <summary>What a router had done when the model came to a recorded batch, its own or another's: what it has done up to the present, without what came since.</summary>
    /// <param name="now">What it has done before the present batch; at the end of a run with it.</param>
    public RouterTotals TotalsBefore(BatchKey key, int router, RouterTotals now, Stop present)
    {
        using var guard = _gate.EnterScope();
        var (totals, before) = _totals.TryGetValue(router, out var known) ? known : (now.Copy(), present.Reason == StopReason.End ? present.Cursor.Batch with { Router = present.Cursor.Router + 1 } : present.Cursor.Batch);
        var room = new RecordedBatch();
        for (var next = Reader.Next(before with { Router = before.Router - 1 }, router); next is { } at && at < key; next = Reader.Next(at, router))
            if (room.Read(Reader, at) && room.Counts) totals.Add(room.Batch);
        for (var previous = Reader.Previous(before, router); previous is { } at && at >= key; previous = Reader.Previous(at, router))
            if (room.Read(Reader, at) && room.Counts) totals.Remove(room.Batch);
        _totals[router] = (totals, key);
        return totals.Copy();
    }

    /// <summary>The loads of a router's steps when the model came to a recorded batch.</summary>
    /// <param name="steps">Steps to keep.</param>
    public ExpertLoads LoadsBefore(BatchKey key, RouterInfo router, int steps)
    {
        using var guard = _gate.EnterScope();
        var loads = new ExpertLoads(router.Experts, steps);
        var (first, seen) = (key, 0);
        while (seen < steps && Reader.Previous(first, router.Index) is { } previous)
        {
            if (previous.Step != first.Step) seen++;
            first = previous;
        }
        var room = new RecordedBatch();
        for (BatchKey? at = first; at is { } now && now < key; at = Reader.Next(now, router.Index))
            if (room.Read(Reader, now, RecordedBatch.OfLoads) && room.Counts) loads.Add(room.Batch);
        return loads;
    }

    /// <summary>The recording's path, once all that was recorded can be read from it.</summary>
    public string Written()
    {
        using var guard = _gate.EnterScope();
        return Reader.Path;
    }

    /// <summary>True if the batch is recorded, before or after the present.</summary>
    public bool Has(BatchKey key)
    {
        using var guard = _gate.EnterScope();
        return TryLoad(key) is not null;
    }

    /// <summary>Routers have come to those that are recorded.</summary>
    public void TakeAdded()
    {
        using var guard = _gate.EnterScope();
        _reader?.Dispose();
        _reader = null;
    }

    /// <summary>The session runs on: what is kept of the present is no longer true.</summary>
    public void Forget()
    {
        using var guard = _gate.EnterScope();
        _totals.Clear();
    }

    public void Dispose()
    {
        using var guard = _gate.EnterScope();
        _disposed = true;
        _reader?.Dispose();
    }

    private TraceReader Reader
    {
        get
        {
            if (_disposed) throw new OperationCanceledException();
            writer?.Flush();
            return _reader ??= TraceReader.Open(path);
        }
    }

    private TraceReader OpenToSearch()
    {
        using var guard = _gate.EnterScope();
        if (_disposed) throw new OperationCanceledException();
        writer?.Flush();
        return TraceReader.Open(path);
    }

    private Stop At(StopPoint point, Stop present)
    {
        using var guard = _gate.EnterScope();
        var stop = point.Cursor.Batch == present.Cursor.Batch ? present : Load(point.Cursor.Batch);
        return At(stop, point.Cursor.Row) with
        {
            Reason = point.Anomalies.Count > 0 ? StopReason.Anomaly : StopReason.Breakpoint,
            Hits = point.Hits,
            Anomalies = point.Anomalies,
        };
    }

    private static Stop At(Stop stop, int row) =>
        stop with { Cursor = stop.Cursor with { Row = row }, Reason = StopReason.Step, Hits = [], Passed = [], Anomalies = [] };

    private Stop Load(BatchKey key) => TryLoad(key) ?? throw new InvalidOperationException($"{key} is listed and cannot be read");

    private Stop? TryLoad(BatchKey key)
    {
        var room = new RecordedBatch();
        if (!room.Read(Reader, key)) return null;
        return new Stop { Reason = StopReason.Step, Cursor = Cursor.In(key, 0), Batch = room.Batch, Hits = [], Anomalies = [], Passed = [], IsPast = true };
    }
}
