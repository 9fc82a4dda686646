using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

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

    /// <summary>Makes the recording of a run, on the compute thread when it begins; the session closes it. Null = nothing is recorded.</summary>
    /// <exception cref="UserError">The run ends with it.</exception>
    public Func<TraceWriter>? Record { get; init; }

    /// <summary>Decisions of a recording that are imposed before interventions; the caller disposes it. Null = the model decides.</summary>
    public RecordedRouting? Forced { get; init; }

    /// <summary>The session stands at the end of its run, so that one can go back from there, and ends when it is told to go on.</summary>
    public bool HoldAtEnd { get; init; }
}
