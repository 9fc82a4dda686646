using MoeDevtools.Breakpoints;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>
/// Looks for hits in what is recorded, with the conditions of a session's breakpoints and counters of its own. Where a breakpoint depends on earlier batches (a hit count, a
/// crossing, a window of steps) the scan has to begin at the first batch; else it begins anywhere and goes either way.
/// </summary>
internal sealed class HitScan
{
    private readonly TraceReader _reader;
    private readonly BreakpointManager _breakpoints;
    private readonly Dictionary<int, Breakpoint> _own;
    private readonly ExpertLoads?[] _loads;
    private readonly IReadOnlyList<Cursor> _steps;
    private readonly RecordedBatch _room = new();
    private readonly List<Hit> _hits = [];

    /// <param name="steps">Where steps end: a breakpoint that looks at a batch as a whole hits there at the latest, and not again behind it.</param>
    public HitScan(TraceReader reader, BreakpointManager breakpoints, IReadOnlyList<Cursor> steps)
    {
        (_reader, _steps) = (reader, steps);
        _own = breakpoints.All.ToDictionary(b => b.Id);
        _breakpoints = breakpoints.Copy();
        LooksBack = _breakpoints.All.Any(b => b.LooksBack);
        _loads = new ExpertLoads?[reader.Routers.Count];
    }

    public bool LooksBack { get; }

    /// <summary>Hits from a batch on, in order, those of the present batch included.</summary>
    public IEnumerable<StopPoint> From(BatchKey? start, Stop present, CancellationToken cancelled)
    {
        for (var key = start; key is { } at && at < present.Cursor.Batch; key = _reader.Next(at))
        {
            cancelled.ThrowIfCancellationRequested();
            if (!Read(at)) continue;
            foreach (var hit in In(_room.Batch)) yield return hit;
            if (LooksBack && _room.Counts) LoadsOf(at.Router).Add(_room.Batch);
        }
        foreach (var hit in In(present.Batch)) yield return hit;
    }

    /// <summary>The last hit before <paramref name="before"/>; null = none.</summary>
    public StopPoint? Backwards(Cursor before, Stop present, CancellationToken cancelled)
    {
        if (before.Batch == present.Cursor.Batch && In(present.Batch).LastOrDefault(h => h.Cursor.IsBefore(before)) is { } here) return here;
        BatchKey? start = before.Batch == present.Cursor.Batch ? _reader.Previous(before.Batch) : before.Batch;
        for (var key = start; key is { } at; key = _reader.Previous(at))
        {
            cancelled.ThrowIfCancellationRequested();
            if (!Read(at)) continue;
            if (In(_room.Batch).LastOrDefault(h => h.Cursor.IsBefore(before)) is { } hit) return hit;
        }
        return null;
    }

    /// <summary>Reads what breakpoints look at; false where none does.</summary>
    private bool Read(BatchKey key)
    {
        var wanted = _breakpoints.Wanted(_reader.Routers[key.Router]);
        return wanted != RoutingColumns.None && _room.Read(_reader, key, wanted | (LooksBack ? RecordedBatch.OfLoads : RoutingColumns.None));
    }

    private IEnumerable<StopPoint> In(RoutingBatch batch)
    {
        var loads = LooksBack ? LoadsOf(batch.Router.Index) : null;
        var start = Cursor.In(batch, 0);
        for (var row = 0; row < batch.Tokens;)
        {
            var end = batch.Tokens;
            foreach (var step in _steps)
                if (step.Batch == start.Batch && step.Row >= row) end = Math.Min(end, step.Row + 1);
            var hit = _breakpoints.FindHits(batch, loads, row, _hits, static _ => { }, end);
            row = hit < 0 ? end : hit + 1;
            if (hit >= 0) yield return new StopPoint(start with { Row = hit }, [.. _hits.Select(h => h with { Breakpoint = _own[h.Breakpoint.Id] })], []);
        }
    }

    private ExpertLoads LoadsOf(int router) => _loads[router] ??= new ExpertLoads(_reader.Routers[router].Experts, _breakpoints.LongestWindow);
}
