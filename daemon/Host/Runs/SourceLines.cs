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
        var (sources, path) = (new SourceMap(source, UserFolders.Listings), spec.Routers[..colon]);
        return spec with { Routers = sources.SelectorAt(path, line), Place = sources.PlaceAt(path, line) };
    }
}
