using System.Globalization;
using MoeDevtools.Breakpoints;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Breakpoints;

/// <summary>Reads the breakpoints that a client sends, kind by kind.</summary>
internal static class WantedBreakpoints
{
    /// <param name="path">The source; null = it has none.</param>
    /// <param name="line">From 1.</param>
    /// <param name="sent">With <c>line</c> as the client counts.</param>
    public static Wanted OfSource(string? path, int line, Arguments sent)
    {
        var (condition, hits, message, mode) = (Given(sent, "condition"), Given(sent, "hitCondition"), Given(sent, "logMessage"), Given(sent, "mode"));
        var text = string.Join('\n', path, line, condition, hits, message, mode);
        return new Wanted(string.Create(CultureInfo.InvariantCulture, $"{path}:{line}"), text, debuggee =>
        {
            // An editor sends every breakpoint to every session, those of other debuggers too.
            var sources = debuggee.Sources;
            if (!sources.IsListing(path) && (debuggee.SourceBreakpoints == "off" || (debuggee.SourceBreakpoints == "modeOnly" && mode is null)))
                throw new UserError("MOE7055", $"left to other debuggers: sourceBreakpoints is {debuggee.SourceBreakpoints}.", $"Set sourceBreakpoints to auto, or give the breakpoint a mode under modeOnly.");
            return [new BreakpointSpec { Routers = sources.SelectorAt(path, line), Place = sources.PlaceAt(path, line), Condition = condition, Hits = hits, LogMessage = message, Mode = Mode(mode) }];
        })
        {
            Source = path is null ? null : (path, sent.NeedInt("line")),
            Line = line,
        };
    }

    public static Wanted OfFunction(Arguments sent)
    {
        var (name, condition, hits) = (sent.NeedString("name"), Given(sent, "condition"), Given(sent, "hitCondition"));
        return new Wanted(name, string.Join('\n', name, condition, hits), _ =>
        {
            var spec = BreakpointSpec.Parse(name);
            if ((spec.Condition is not null && condition is not null) || (spec.Hits is not null && hits is not null))
                throw new UserError("MOE7026", $"\"{name}\" has a condition or a hit count of its own, and another one beside it.", $"Give it once.");
            return [spec with { Condition = spec.Condition ?? condition, Hits = spec.Hits ?? hits }];
        });
    }

    public static Wanted OfData(Arguments sent)
    {
        var (id, access, condition, hits) = (sent.NeedString("dataId"), Given(sent, "accessType"), Given(sent, "condition"), Given(sent, "hitCondition"));
        return new Wanted($"{id}\n{access}", string.Join('\n', id, access, condition, hits), _ =>
        {
            var place = DataPlace.TryParse(id)
                ?? throw new UserError("MOE7027", $"\"{id}\" is nothing that can be watched.", $"Use an id of dataBreakpointInfo: ROUTER/expert/7/load, ROUTER/expert/7/weight, ROUTER/entropy.");
            return place.Specs(access ?? "write", condition, hits);
        });
    }

    /// <summary>Of a launch attribute.</summary>
    public static Wanted OfText(string text, Func<string, BreakpointSpec> parse) => new(text, text, _ => [parse(text)]);

    /// <exception cref="UserError">There is no such mode.</exception>
    public static BreakpointMode? Mode(string? word) => word switch
    {
        null => null,
        "batch" => BreakpointMode.Batch,
        "decision" => BreakpointMode.Decision,
        _ => throw new UserError("MOE7028", $"there is no breakpoint mode \"{word}\".", $"Use batch or decision."),
    };

    /// <summary>An empty text is none: clients send one for a field that was left empty.</summary>
    public static string? Given(Arguments sent, string name) => sent.String(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;
}
