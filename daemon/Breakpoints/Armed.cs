using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints;

/// <summary>All breakpoints and what binds to each router. Immutable: a change makes a new one.</summary>
internal sealed class Armed
{
    private static readonly (Binding[] All, Binding[] Batch, Binding[] Decision) Nothing = ([], [], []);

    private readonly Dictionary<RouterId, (Binding[] All, Binding[] Batch, Binding[] Decision)> _routers;

    public Armed(IReadOnlyList<Breakpoint> all)
    {
        All = all;
        _routers = all.SelectMany(b => b.Bindings).GroupBy(b => b.Router.Id).ToDictionary(
            g => g.Key,
            g => (g.ToArray(), g.Where(b => b.Breakpoint.Mode == BreakpointMode.Batch).ToArray(), g.Where(b => b.Breakpoint.Mode == BreakpointMode.Decision).ToArray()));
    }

    public IReadOnlyList<Breakpoint> All { get; }

    public (Binding[] All, Binding[] Batch, Binding[] Decision) Of(RouterInfo router) => _routers.GetValueOrDefault(router.Id, Nothing);
}
