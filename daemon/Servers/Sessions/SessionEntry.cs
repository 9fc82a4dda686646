using MoeDevtools.Debugging;
using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Servers.Sessions;

/// <summary>A session that several servers show.</summary>
/// <param name="id">The same in every protocol.</param>
public sealed class SessionEntry(string id, LaunchedSession launched)
{
    /// <summary>Held while a server reads or changes a stop: only one may do so at a time. The compute thread never takes it.</summary>
    public Lock Gate { get; } = new();

    public string Id => id;

    public LaunchedSession Launched => launched;

    public DebugSession Session => launched.Session;

    /// <summary>After a change of routing was made or taken back, by whatever server; on its thread, which holds <see cref="Gate"/>.</summary>
    public event Action? Changed;

    /// <exception cref="Messages.UserError">As <see cref="DebugSession.Intervene"/>.</exception>
    public ActiveIntervention Intervene(InterventionSet changes, bool once)
    {
        lock (Gate)
        {
            var active = Session.Intervene(changes, once);
            NotifyChanged();
            return active;
        }
    }

    /// <exception cref="Messages.UserError">As <see cref="DebugSession.RemoveIntervention"/>.</exception>
    public void Remove(int change)
    {
        lock (Gate)
        {
            Session.RemoveIntervention(change);
            NotifyChanged();
        }
    }

    /// <summary>Tells every server that routing was changed. Call it under <see cref="Gate"/>.</summary>
    public void NotifyChanged() => Changed?.Invoke();
}
