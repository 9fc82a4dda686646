using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Protocol;

namespace MoeDevtools.Servers.Dap.Requests;

/// <summary>The model listing as source and as list of modules.</summary>
internal sealed class SourceRequests(Connection connection)
{
    public IEnumerable<(string Command, Action<Request> Handle)> All =>
    [
        ("source", Source),
        ("loadedSources", LoadedSources),
        ("modules", Modules),
    ];

    private void Source(Request request)
    {
        var debuggee = connection.NeedDebuggee();
        var path = request.Arguments.Object("source") is { } source ? connection.Traits.PathOf(source) : null;
        if (!debuggee.Sources.IsListing(path)) throw new UserError("MOE7044", $"this session has no such source.", $"Ask for {debuggee.Sources.ListingPath}; the other files are read where they are.");
        connection.Outbox.Respond(request, new SourceBody(debuggee.Sources.Listing.Text, "text/plain"), DapJson.Default.SourceBody);
    }

    private void LoadedSources(Request request) =>
        connection.Outbox.Respond(request, new SourcesBody([.. (connection.Debuggee?.Sources.Files ?? []).Select(connection.Traits.Source)]), DapJson.Default.SourcesBody);

    private void Modules(Request request)
    {
        var sources = connection.NeedDebuggee().Sources;
        var modules = sources.Listing.Modules;
        var start = Math.Clamp(request.Arguments.Int("startModule") ?? 0, 0, modules.Count);
        var count = request.Arguments.Int("moduleCount") is { } asked and > 0 ? asked : modules.Count;
        var path = connection.Traits.Source(sources.ListingPath).Path;
        connection.Outbox.Respond(request, new ModulesBody(
            [.. modules.Skip(start).Take(count).Select((name, i) => new Module(name, name, path, IsUserCode: sources.Listing.RouterAt(start + i + 2) is not null))], modules.Count),
            DapJson.Default.ModulesBody);
    }
}
