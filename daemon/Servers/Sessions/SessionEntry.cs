using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Servers.Sessions;

/// <summary>A session that is debugged, and that several servers show.</summary>
/// <param name="id">The same in every protocol.</param>
/// <param name="sources">Where its routers are in source, when it was opened.</param>
public sealed class SessionEntry(string id, LaunchedSession launched, SourceMap sources) : RegisteredSession(id)
{
    /// <summary>Held while a server reads or changes a stop: only one may do so at a time. The compute thread never takes it.</summary>
    public Lock Gate { get; } = new();

    public LaunchedSession Launched => launched;

    public DebugSession Session => launched.Session;

    /// <summary>Where its routers are in source, those that have come since too.</summary>
    public SourceMap Sources => sources = sources.Now;

    public override string Kind => launched.Kind;

    public override string Source => launched.Source.Name;

    public override IReadOnlyList<RouterInfo> Routers => Session.Routers;

    public override RecordedRun? Recorded => Session.Recorded;

    /// <summary>After a change of routing was made or taken back, by whatever server; on its thread, which holds <see cref="Gate"/>.</summary>
    public event Action? Changed;

    public override event Action? Updated
    {
        add => Session.Progress.Changed += value;
        remove => Session.Progress.Changed -= value;
    }

    /// <summary>Starts a branch at the decision in focus. Set by the server whose client has the session, called under <see cref="Gate"/>; null = it has none.</summary>
    public Action? Brancher { get; set; }

    /// <summary>Has the editor that shows the session start a branch at the decision in focus.</summary>
    /// <exception cref="UserError">There can be none, or there is no editor that can.</exception>
    public void Branch()
    {
        lock (Gate) (Brancher ?? throw new UserError("MOE7061", $"no editor shows session \"{Id}\".", $"Start the branch where the session was started."))();
    }

    /// <exception cref="UserError">As <see cref="DebugSession.Intervene"/>.</exception>
    public ActiveIntervention Intervene(InterventionSet changes, bool once)
    {
        lock (Gate)
        {
            var active = Session.Intervene(changes, once);
            NotifyChanged();
            return active;
        }
    }

    /// <exception cref="UserError">As <see cref="DebugSession.RemoveIntervention"/>.</exception>
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
