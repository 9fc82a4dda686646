using MoeDevtools.Servers.Rpc.Protocol;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Rpc.Methods;

/// <summary>The routers of a session, and the lines that they stand at.</summary>
internal sealed class ModelMethods(SessionRegistry sessions)
{
    public IEnumerable<RpcMethod> All =>
    [
        new("session/model", Model),
        new("source/routers", SourceRouters),
    ];

    private void Model(Call call)
    {
        var session = sessions.Find(call.Parameters.Text("session"));
        var debugged = session as SessionEntry;
        call.Answer(
            new ModelResult(
            [
                .. session.Routers.Select(r => new RouterDescription(r.Index, r.Name, r.Aliases, r.Id.Stack, r.Id.Layer, r.Id.Ordinal, r.Experts, r.Rule.K, r.Rule.Describe(call.Translations))
                {
                    Line = debugged?.Sources.Listing.LineOf(r),
                    Capacity = r.Rule.Capacity,
                    IdentityExperts = r.Rule.IdentityExperts > 0 ? r.Rule.IdentityExperts : null,
                    ByToken = r.Rule.ByToken ? true : null,
                }),
            ]) { Listing = debugged?.Sources.ListingPath },
            RpcJson.Default.ModelResult);
    }

    private void SourceRouters(Call call)
    {
        var path = call.Parameters.Text("path");
        call.Answer(
            [
                .. from entry in sessions.All.OfType<SessionEntry>()
                   from line in entry.Sources.LinesOf(path)
                   select new SourceLine(entry.Id, line.Line, [.. line.Routers.Select(r => r.Index)], [.. line.Routers.Select(r => r.Name)]),
            ],
            RpcJson.Default.IReadOnlyListSourceLine);
    }
}
