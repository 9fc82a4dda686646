using MoeDevtools.Servers.Rpc.Protocol;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Rpc;

/// <summary>Tells a client of changes of sessions, at most ten times a second: what comes in between is in the next. Whoever changes something never waits for it.</summary>
internal sealed class SessionsNotifier : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly RpcOutbox _outbox;
    private readonly SessionRegistry _registry;
    private readonly Timer _timer;
    private int _waiting;

    public SessionsNotifier(RpcOutbox outbox, SessionRegistry registry)
    {
        (_outbox, _registry) = (outbox, registry);
        _timer = new Timer(_ => Tell(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>From now on it tells.</summary>
    public void Start() => _registry.Updated += OnUpdated;

    public void Dispose()
    {
        _registry.Updated -= OnUpdated;
        _timer.Dispose();
    }

    private void OnUpdated()
    {
        if (Volatile.Read(ref _waiting) == 0 && Interlocked.Exchange(ref _waiting, 1) == 0) _timer.Change(Pace, Timeout.InfiniteTimeSpan);
    }

    private void Tell()
    {
        Volatile.Write(ref _waiting, 0);
        _outbox.Notify("sessions/changed", new SessionsChanged([.. _registry.All.Select(session => SessionInfos.Of(session, _outbox.Translations))]), RpcJson.Default.SessionsChanged);
    }
}
