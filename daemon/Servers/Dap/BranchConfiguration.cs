using System.Text.Json.Nodes;
using MoeDevtools.Debugging;
using MoeDevtools.Servers.Dap.Protocol;

namespace MoeDevtools.Servers.Dap;

/// <summary>The attribute <c>branch</c> of a launch configuration, and the configuration that starts a branch of a session.</summary>
internal static class BranchConfiguration
{
    /// <summary>Attributes of the session that its branch has otherwise, or not at all.</summary>
    private static readonly string[] Replaced = ["branch", "record", "stopOnEntry", "interventions"];

    private static readonly string[] Names = ["trace", "step", "pass", "router", "row", "of"];

    /// <param name="folder">Relative paths begin here.</param>
    /// <exception cref="Messages.UserError">A part is unknown, missing, or has the wrong type.</exception>
    public static BranchPlace Read(Arguments sent, string folder)
    {
        sent.Allow(Names);
        return new BranchPlace(
            Path.Combine(folder, sent.NeedString("trace")), new Cursor(sent.NeedLong("step"), sent.Int("pass") ?? 0, sent.NeedInt("router"), sent.Int("row") ?? 0),
            sent.Object("of") is { } of ? Read(of, folder) : null);
    }

    public static JsonObject Write(BranchPlace place)
    {
        var json = new JsonObject
        {
            ["trace"] = Path.GetFullPath(place.Trace), ["step"] = place.At.Step, ["pass"] = place.At.Pass, ["router"] = place.At.Router, ["row"] = place.At.Row,
        };
        if (place.Of is { } of) json["of"] = Write(of);
        return json;
    }

    /// <summary>What the client is asked to start: the same run from <paramref name="place"/> on, recorded beside it.</summary>
    public static StartDebuggingArguments For(Debuggee debuggee, BranchPlace place)
    {
        var all = debuggee.Configuration.Only(LaunchArguments.Ours.Except(Replaced));
        all["name"] = $"branch at step {place.At.Step}, {debuggee.Session.Routers[place.At.Router].Name}";
        all["branch"] = Write(place);
        if (debuggee.Launched.NextBranchFile() is { } file) all["record"] = file;
        return new StartDebuggingArguments(all, "launch");
    }
}
