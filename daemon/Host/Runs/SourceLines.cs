using System.Globalization;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Runs;

/// <summary>Breakpoints on lines of a program, or of the model listing: <c>train.py:81</c>.</summary>
internal static class SourceLines
{
    /// <summary>The same breakpoint on the routers of its line; as it is where it names no line of a file.</summary>
    /// <exception cref="UserError">The file or the line has no router.</exception>
    public static BreakpointSpec Resolve(BreakpointSpec spec, IRoutingSource source)
    {
        var colon = spec.Routers.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(spec.Routers.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var line)) return spec;
        var file = spec.Routers[..colon];
        var lines = new SourceMap(source, UserFolders.Listings);
        if (!lines.Has(file))
            throw new UserError("MOE9116", $"{file} has no line of a router.", $"Routers are in {string.Join(", ", lines.Files)}.");
        var routers = lines.RoutersAt(file, line);
        if (routers.Count > 0) return spec with { Routers = RouterNames.GlobOf(routers) };
        var nearest = lines.Nearest(file, line);
        throw new UserError("MOE9117", $"line {line} of {file} is no line of a router.", $"The nearest that is: {nearest.Line} ({nearest.Router.Name}).");
    }
}
