using MoeDevtools.Debugging;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Servers.Rpc.Protocol;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Rpc.Methods;

/// <summary>Sessions, where they stand, and what is changed in them.</summary>
internal sealed class SessionMethods(SessionRegistry sessions)
{
    public IEnumerable<RpcMethod> All =>
    [
        new("sessions/list", List),
        new("session/interventions", Interventions),
        new("session/intervene", Intervene),
        new("session/undo", Undo),
        new("session/goto", GoTo),
        new("session/branch", Branch),
    ];

    private void List(Call call) => call.Answer([.. sessions.All.Select(session => SessionInfos.Of(session, call.Translations))], RpcJson.Default.IReadOnlyListSessionInfo);

    private void Interventions(Call call)
    {
        var entry = Debugged(call);
        call.Answer([.. entry.Session.Interventions.Select(active => Told(active, entry.Routers))], RpcJson.Default.IReadOnlyListInterventionInfo);
    }

    private void Intervene(Call call)
    {
        var entry = Debugged(call);
        var active = entry.Intervene(SessionCommands.Interventions.ParseSet(call.Parameters.Text("changes")), call.Parameters.Flag("once"));
        call.Answer(Told(active, entry.Routers), RpcJson.Default.InterventionInfo);
    }

    private void Undo(Call call)
    {
        Debugged(call).Remove(call.Parameters.Whole("intervention"));
        call.AnswerNull();
    }

    /// <summary>Editors that show the session are told by its own event.</summary>
    private void GoTo(Call call)
    {
        var entry = Debugged(call);
        var (step, pass, row) = (call.Parameters.Long("step"), call.Parameters.WholeIf("pass") ?? 0, call.Parameters.WholeIf("row") ?? 0);
        var router = call.Parameters.Router("router", entry.Routers.Count);
        lock (entry.Gate) entry.Session.GoTo(new Cursor(step, pass, router, row));
        call.AnswerNull();
    }

    private void Branch(Call call)
    {
        Debugged(call).Branch();
        call.AnswerNull();
    }

    private SessionEntry Debugged(Call call) => sessions.FindDebugged(call.Parameters.Text("session"));

    private static InterventionInfo Told(ActiveIntervention active, IReadOnlyList<RouterInfo> routers)
    {
        var masked = active.Changes.Changes.Where(c => c.Kind is InterventionKind.Mask or InterventionKind.MaskRenormalised).SelectMany(c => c.Experts).Distinct().ToList();
        var matched = masked.Count == 0 ? [] : RouterNames.Match(active.Changes.Routers, routers);
        return new(active.Id, active.Changes.ToString(), active.Once, [.. matched.Select(r => new MaskedExperts(r.Index, masked))]);
    }
}
