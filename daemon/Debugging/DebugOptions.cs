using MoeDevtools.Routing;

namespace MoeDevtools.Debugging;

/// <summary>How a session is started. Immutable.</summary>
public sealed record DebugOptions
{
    /// <summary>Every column of every router is captured, so that the session can be stopped and stepped anywhere. Else only what is asked for.</summary>
    public bool Interactive { get; init; }

    /// <summary>Routers to capture whatever else wants them (globs); empty = all.</summary>
    public IReadOnlyList<string> Routers { get; init; } = [];

    /// <summary>Columns to capture of <see cref="Routers"/>.</summary>
    public RoutingColumns Columns { get; init; } = RoutingColumns.SelectedExperts;
}
