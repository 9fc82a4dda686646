using MoeDevtools.Capture;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Debugging;

/// <summary>
/// The interventions of a session, applied to each batch before anyone looks at it, in the order in which they were made. Changed only while the
/// compute thread waits or before it starts; each batch is computed again from the model's own decision.
/// </summary>
/// <param name="routers">All routers of the model; more may come to the end.</param>
/// <param name="forced">Decides before the interventions; null = the model does.</param>
internal sealed class InterventionBook(IReadOnlyList<RouterInfo> routers, RecordedRouting? forced)
{
    private readonly Rerouter _rerouter = new();
    private readonly List<Intervention> _changes = [];
    private readonly List<(ActiveIntervention Active, bool[] Routers)> _active = [];
    private int _lastId;

    public IReadOnlyList<ActiveIntervention> All => [.. _active.Select(a => a.Active)];

    /// <exception cref="Messages.UserError">A router cannot do it.</exception>
    public ActiveIntervention Add(InterventionSet changes, Cursor? from, bool once)
    {
        changes.Check(routers);
        var active = new ActiveIntervention(++_lastId, changes, from, once);
        _active.Add((active, Mask(changes)));
        return active;
    }

    /// <summary>Takes in the routers that have come since: what holds from here on holds for them too, where they can do it.</summary>
    public void TakeAdded()
    {
        for (var i = 0; i < _active.Count; i++)
        {
            var (active, mask) = _active[i];
            _active[i] = (active, [.. mask, .. routers.Skip(mask.Length).Select(r => !active.Once && CanDo(active.Changes, r))]);
        }
    }

    public bool Remove(int id) => _active.RemoveAll(a => a.Active.Id == id) > 0;

    /// <summary>For a restart: changes of single decisions go, lasting ones hold from the start.</summary>
    public void ForgetDecisions()
    {
        _active.RemoveAll(a => a.Active.Once);
        for (var i = 0; i < _active.Count; i++) _active[i] = (_active[i].Active with { From = null }, _active[i].Routers);
    }

    /// <summary>Begins with these instead.</summary>
    public void Replace(IReadOnlyList<ActiveIntervention> interventions)
    {
        _active.Clear();
        foreach (var active in interventions) _active.Add((active, Mask(active.Changes)));
        _lastId = Math.Max(_lastId, interventions.Count == 0 ? 0 : interventions.Max(i => i.Id));
    }

    public bool Concerns(RouterInfo router)
    {
        if (forced?.Has(router) == true) return true;
        foreach (var (_, mask) in _active)
            if (mask[router.Index]) return true;
        return false;
    }

    /// <summary>Makes the batch what the interventions say; without any it is the model's own again.</summary>
    public void Apply(RoutingBatch batch)
    {
        batch.Restore();
        if (!Concerns(batch.Router)) return;
        var at = Cursor.In(batch, 0);
        foreach (var (active, mask) in _active)
            if (active is { Once: true, From: { } made } && (made with { Row = 0 }).IsBefore(at)) mask[batch.Router.Index] = false;      // its decision is past
        for (var row = 0; row < batch.Tokens; row++)
        {
            _changes.Clear();
            forced?.AddTo(_changes, batch, row);
            foreach (var (active, mask) in _active)
                if (mask[batch.Router.Index] && InScope(active, at with { Row = row }, batch)) _changes.AddRange(active.Changes.Changes);
            if (_changes.Count > 0) _rerouter.Apply(batch, row, _changes);
        }
    }

    private bool[] Mask(InterventionSet changes) => [.. routers.Select(r => RouterNames.Matches(changes.Routers, r))];

    private static bool CanDo(InterventionSet changes, RouterInfo router)
    {
        try
        {
            changes.Check([router]);
            return true;
        }
        catch (Messages.UserError)
        {
            return false;
        }
    }

    private static bool InScope(ActiveIntervention active, Cursor at, RoutingBatch batch)
    {
        if (active.Changes.Positions is { } positions && !positions.Contains(batch.Pass.Rows.Position[at.Row])) return false;
        return active.From is not { } from || (active.Once ? at == from : !at.IsBefore(from));
    }
}
