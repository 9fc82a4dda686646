using System.Globalization;
using System.Text.RegularExpressions;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Breakpoints;
using MoeDevtools.Servers.Dap.Protocol;

namespace MoeDevtools.Servers.Dap.Requests;

/// <summary>Where to stop.</summary>
internal sealed partial class BreakpointRequests(Connection connection)
{
    public IEnumerable<(string Command, Action<Request> Handle)> All =>
    [
        ("setBreakpoints", SetBreakpoints),
        ("setFunctionBreakpoints", request => Replace(request, "function", WantedBreakpoints.OfFunction)),
        ("setDataBreakpoints", request => Replace(request, "data", WantedBreakpoints.OfData)),
        ("setExceptionBreakpoints", SetExceptionBreakpoints),
        ("dataBreakpointInfo", DataBreakpointInfo),
        ("breakpointLocations", BreakpointLocations),
    ];

    private void SetBreakpoints(Request request)
    {
        var path = connection.Traits.PathOf(request.Arguments.NeedObject("source"));
        Replace(request, $"source {path}", sent => WantedBreakpoints.OfSource(path, connection.Traits.FromLine(sent.NeedInt("line")), sent));
    }

    private void Replace(Request request, string group, Func<Arguments, Wanted> read)
    {
        var wanted = request.Arguments.Objects("breakpoints").Select(read).ToList();
        var all = connection.Breakpoints.Replace(group, wanted, connection.Bindable);
        connection.Outbox.Respond(request, new BreakpointsBody([.. all.Select(connection.Events.Told)]), DapJson.Default.BreakpointsBody);
    }

    private void SetExceptionBreakpoints(Request request)
    {
        var filters = request.Arguments.NeedStrings("filters").Select(id => (id, (string?)null, (string?)null))
            .Concat(request.Arguments.Objects("filterOptions").Select(o => (o.NeedString("filterId"), WantedBreakpoints.Given(o, "condition"), WantedBreakpoints.Given(o, "mode")))).ToList();
        connection.Outbox.Respond(request, new BreakpointsBody(connection.Filters.Replace(filters, connection.Bindable)), DapJson.Default.BreakpointsBody);
    }

    private void DataBreakpointInfo(Request request)
    {
        var name = request.Arguments.NeedString("name");
        var place = request.Arguments.Int("variablesReference") is { } reference and > 0
            ? connection.Handles.Find(reference).Find(name)?.Watch is { } watch ? DataPlace.TryParse($"{connection.NeedStop().Router.Name}/{watch}") : null
            : DataPlace.TryParse(name) ?? OfExpression(name);
        if (place is null)
        {
            connection.Outbox.Respond(request, new DataBreakpointInfoBody(null, $"\"{name}\" cannot be watched: an expert's load or weight and the entropy can"), DapJson.Default.DataBreakpointInfoBody);
            return;
        }
        connection.Outbox.Respond(
            request, new DataBreakpointInfoBody(place.ToString(), place.Describe(connection.NeedDebuggee().Session.Routers)) { AccessTypes = place.AccessTypes, CanPersist = true },
            DapJson.Default.DataBreakpointInfoBody);
    }

    /// <summary>An expression at the router of the stop: <c>load(7)</c>, <c>weightOf(7)</c>, <c>entropy</c>.</summary>
    private DataPlace? OfExpression(string text)
    {
        var found = Watchable().Match(text);
        if (!found.Success) return null;
        var router = connection.NeedStop().Router;
        if (!found.Groups["expert"].Success) return new DataPlace(router.Name, null, "entropy");
        var expert = int.Parse(found.Groups["expert"].Value, CultureInfo.InvariantCulture);
        if (expert >= router.Experts) throw new UserError("MOE7018", $"{router.Name} has experts 0 to {router.Experts - 1}; {expert} is none of them.", $"Name an expert in that range.");
        return new DataPlace(router.Name, expert, found.Groups["word"].Value == "load" ? "load" : "weight");
    }

    /// <summary>One location a line: several would be drawn within the text.</summary>
    private void BreakpointLocations(Request request)
    {
        var path = connection.Traits.PathOf(request.Arguments.NeedObject("source"));
        var first = connection.Traits.FromLine(request.Arguments.NeedInt("line"));
        var last = request.Arguments.Int("endLine") is { } end ? connection.Traits.FromLine(end) : first;
        var lines = path is null ? Enumerable.Empty<int>() : (connection.Debuggee?.Sources.LinesOf(path).Select(l => l.Line) ?? connection.Breakpoints.CandidatesIn(path)).Where(line => line >= first && line <= last);
        connection.Outbox.Respond(request, new BreakpointLocationsBody([.. lines.Select(line => new BreakpointLocation(connection.Traits.Line(line)))]), DapJson.Default.BreakpointLocationsBody);
    }

    [GeneratedRegex(@"^\s*(?:(?<word>load|weightOf)\(\s*(?<expert>\d{1,6})\s*\)|entropy)\s*$")]
    private static partial Regex Watchable();
}
