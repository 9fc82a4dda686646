using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints;

/// <summary>
/// The breakpoints of a session. Adding and changing may come from any thread; what binds where is then replaced as a whole, so that the
/// compute thread, which alone calls <see cref="FindHits"/>, never waits.
/// </summary>
/// <param name="routers">All routers of the model; more may come to the end.</param>
/// <param name="longestWindow">Steps of loads that the session keeps: conditions with longer windows are refused.</param>
public sealed class BreakpointManager(IReadOnlyList<RouterInfo> routers, int longestWindow = BreakpointManager.DefaultLongestWindow)
{
    /// <summary>Steps of loads to keep, where the session has no reason for another number.</summary>
    public const int DefaultLongestWindow = 1000;

    private readonly BreakpointBinder _binder = new(routers, longestWindow);
    private readonly Evaluation _at = new();

    // Guards _lastId and the replacement of _now.
    private readonly Lock _changes = new();
    private int _lastId;
    private volatile Armed _now = new([]);

    /// <summary>In the order in which they were added.</summary>
    public IReadOnlyList<Breakpoint> All => _now.All;

    public int LongestWindow => longestWindow;

    /// <summary>Adds a breakpoint, enabled. One that binds no router is kept, unverified.</summary>
    /// <exception cref="ConditionError">Its condition, hit count or message cannot be used; nothing is added.</exception>
    public Breakpoint Add(BreakpointSpec spec)
    {
        lock (_changes)
        {
            var breakpoint = new Breakpoint(_lastId + 1, spec);
            _binder.Bind(breakpoint, spec);
            _lastId++;
            _now = new Armed([.. _now.All, breakpoint]);
            return breakpoint;
        }
    }

    /// <summary>Binds all breakpoints to the routers that have come since, too; what they are bound to and have counted stays.</summary>
    public void BindAdded()
    {
        lock (_changes)
        {
            foreach (var breakpoint in _now.All)
            {
                try
                {
                    _binder.Bind(breakpoint, breakpoint.Spec);
                }
                catch (ConditionError error)
                {
                    breakpoint.Message = error.Facts;
                }
            }
            _now = new Armed(_now.All);
        }
    }

    /// <summary>False if there is no breakpoint <paramref name="id"/>.</summary>
    public bool Remove(int id)
    {
        lock (_changes)
        {
            if (Find(id) is not { } breakpoint) return false;
            breakpoint.Enabled = false;
            _now = new Armed([.. _now.All.Where(b => b.Id != id)]);
            return true;
        }
    }

    /// <summary>False if there is no breakpoint <paramref name="id"/>.</summary>
    public bool SetEnabled(int id, bool enabled)
    {
        if (Find(id) is not { } breakpoint) return false;
        breakpoint.Enabled = enabled;
        return true;
    }

    /// <summary>Gives it another condition (null = none) and resets its counters. False if there is no breakpoint <paramref name="id"/>.</summary>
    /// <exception cref="ConditionError">The condition cannot be used; the old one stays.</exception>
    public bool SetCondition(int id, string? condition) => Change(id, spec => spec with { Condition = condition, ConditionColumn = 1, Crosses = spec.Crosses && condition is not null });

    /// <summary>Gives it another hit count (null = every time) and resets its counters. False if there is no breakpoint <paramref name="id"/>.</summary>
    /// <exception cref="ConditionError">The hit count cannot be used; the old one stays.</exception>
    public bool SetHits(int id, string? hits) => Change(id, spec => spec with { Hits = hits, HitsColumn = 1 });

    /// <summary>
    /// The breakpoints that stop, with the same ids and with counters of their own: to look at recorded batches without counting them again.
    /// </summary>
    public BreakpointManager Copy()
    {
        var copy = new BreakpointManager(routers, longestWindow);
        var twins = new List<Breakpoint>();
        foreach (var breakpoint in _now.All.Where(b => b.Spec.LogMessage is null && b.Enabled))
        {
            var twin = new Breakpoint(breakpoint.Id, breakpoint.Spec);
            _binder.Bind(twin, breakpoint.Spec);
            twins.Add(twin);
        }
        copy._now = new Armed(twins);
        return copy;
    }

    /// <summary>Forgets counters and what crosses compares with, as at the start of a run.</summary>
    public void Restart()
    {
        lock (_changes)
            foreach (var breakpoint in _now.All) breakpoint.ResetCounters();
    }

    /// <summary>True if an enabled breakpoint binds to the router. Cheap.</summary>
    public bool IsArmed(RouterInfo router) => Wanted(router) != RoutingColumns.None;

    /// <summary>The columns that the enabled breakpoints of a router need; <see cref="RoutingColumns.None"/> where there is none. Cheap.</summary>
    public RoutingColumns Wanted(RouterInfo router)
    {
        var columns = RoutingColumns.None;
        foreach (var binding in _now.Of(router).All)
            if (binding.Breakpoint.Enabled) columns |= binding.Columns;
        return columns;
    }

    /// <summary>
    /// Looks for the first place of a batch, from row <paramref name="fromRow"/> on, where breakpoints stop. Batch-mode breakpoints are evaluated
    /// when <paramref name="fromRow"/> is 0, the others row by row; padding is skipped. To go on, call it again with the row after: nothing is
    /// evaluated twice. Compute thread.
    /// </summary>
    /// <param name="toRow">Rows from here on are left for a later call; a batch-mode breakpoint then stops before it at the latest.</param>
    /// <param name="loads">The router's steps so far, without this batch, but with the earlier passes of its step; null = none are kept.</param>
    /// <param name="hits">Cleared, then filled with the breakpoints that stop there.</param>
    /// <param name="log">Gets the messages of the rows that were passed, the row of the stop included.</param>
    /// <returns>
    /// The row of the stop, or -1. A batch-mode breakpoint stops at the row that its any() found, else at the first token, or at an earlier row
    /// where another breakpoint stops: then both are in <paramref name="hits"/>.
    /// </returns>
    public int FindHits(RoutingBatch batch, ExpertLoads? loads, int fromRow, List<Hit> hits, Action<LogLine> log, int toRow = int.MaxValue)
    {
        hits.Clear();
        var armed = _now.Of(batch.Router);
        if (armed.All.Length == 0) return -1;
        _at.Begin(batch, loads);
        var stop = fromRow == 0 ? FindBatchHits(armed.Batch, batch, hits, log) : -1;
        stop = Math.Min(stop, toRow - 1);
        if (armed.Decision.Length == 0) return stop;
        var end = stop < 0 ? Math.Min(batch.Tokens, toRow) : stop + 1;
        for (var row = fromRow; row < end; row++)
        {
            // Several breakpoints look at a row in turn; one alone goes on by itself to its next hit.
            var until = armed.Decision.Length == 1 ? end : row + 1;
            var last = until - 1;
            var stopsHere = false;
            foreach (var binding in armed.Decision)
            {
                var hit = binding.FindHit(_at, row, until);
                if (hit == until) continue;
                last = hit;
                stopsHere |= !binding.Logs;
                Report(binding, batch, hit, hits, log);
            }
            if (stopsHere) return last;
            row = last;
        }
        return stop;
    }

    private int FindBatchHits(Binding[] bindings, RoutingBatch batch, List<Hit> hits, Action<LogLine> log)
    {
        var first = 0;
        while (first < batch.Tokens && !batch.IsToken(first)) first++;
        if (first == batch.Tokens) return -1;
        var stop = -1;
        foreach (var binding in bindings)
        {
            if (!binding.IsHit(_at)) continue;
            var row = _at.FoundRow >= 0 ? _at.FoundRow : first;
            if (!binding.Logs) stop = stop < 0 ? row : Math.Min(stop, row);
            Report(binding, batch, row, hits, log);
        }
        return stop;
    }

    private void Report(Binding binding, RoutingBatch batch, int row, List<Hit> hits, Action<LogLine> log)
    {
        if (binding.Logs) log(new LogLine(binding.Breakpoint, batch.Router, batch.Pass.Step, row, binding.Log(_at)));
        else hits.Add(new Hit(binding.Breakpoint, row, binding.Explain(_at, row)));
    }

    private bool Change(int id, Func<BreakpointSpec, BreakpointSpec> change)
    {
        lock (_changes)
        {
            if (Find(id) is not { } breakpoint) return false;
            _binder.Bind(breakpoint, change(breakpoint.Spec));
            breakpoint.ResetCounters();
            _now = new Armed(_now.All);
            return true;
        }
    }

    private Breakpoint? Find(int id) => _now.All.FirstOrDefault(b => b.Id == id);
}
