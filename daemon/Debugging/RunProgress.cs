using MoeDevtools.Routing;

namespace MoeDevtools.Debugging;

/// <summary>How far a session's run has come, and that something has changed. Written by the compute thread, read by any.</summary>
/// <param name="clock">For tokens a second.</param>
public sealed class RunProgress(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();                       // guards the fields below
    private (long Time, long Tokens) _earlier;
    private (long Time, long Tokens) _mark;
    private long _tokens;
    private long _decisions;
    private long _step;
    private int _pass;
    private bool _runs;
    private long _revision;

    /// <summary>After any change: of state, of routing, or a batch more. On the thread that made it, which must not be kept waiting.</summary>
    public event Action? Changed;

    /// <summary>Grows with each change.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>The last step that came to a router; 0 = none yet.</summary>
    public long Step
    {
        get
        {
            lock (_gate) return _step;
        }
    }

    /// <summary>Rows times routers that were captured.</summary>
    public long Decisions
    {
        get
        {
            lock (_gate) return _decisions;
        }
    }

    /// <summary>Tokens a second over the last seconds of running; null = it does not run, or has only begun.</summary>
    public double? TokensPerSecond
    {
        get
        {
            lock (_gate)
            {
                var elapsed = clock.GetElapsedTime(_earlier.Time);
                return _runs && elapsed > Window / 4 ? (_tokens - _earlier.Tokens) / elapsed.TotalSeconds : null;
            }
        }
    }

    internal void Restart()
    {
        lock (_gate) (_tokens, _decisions, _step) = (0, 0, 0);
    }

    /// <summary>It runs, or stands; what was measured before is of another stretch.</summary>
    internal void Runs(bool runs)
    {
        lock (_gate)
        {
            _runs = runs;
            _earlier = _mark = (clock.GetTimestamp(), _tokens);
        }
        Touch();
    }

    internal void Add(RoutingBatch batch)
    {
        lock (_gate)
        {
            var pass = (batch.Pass.Step, batch.Pass.Pass);
            if (pass != (_step, _pass)) _tokens += batch.Tokens - batch.Pass.Rows.Padding.AsSpan(0, batch.Tokens).Count(true);    // once for all its routers
            (_step, _pass) = pass;
            _decisions += batch.Tokens;
            if (clock.GetElapsedTime(_mark.Time) > Window) (_earlier, _mark) = (_mark, (clock.GetTimestamp(), _tokens));
        }
        Touch();
    }

    internal void Touch()
    {
        Interlocked.Increment(ref _revision);
        Changed?.Invoke();
    }
}
