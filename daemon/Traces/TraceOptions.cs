using MoeDevtools.Routing;

namespace MoeDevtools.Traces;

/// <summary>What a recording keeps. Immutable.</summary>
public sealed record TraceOptions
{
    /// <summary>Columns to keep; those that a batch does not have are left out.</summary>
    public RoutingColumns Columns { get; init; } = RoutingColumns.All;

    /// <summary>Routers to keep (globs); empty = all.</summary>
    public IReadOnlyList<string> Routers { get; init; } = [];

    /// <summary>float16 for all real columns, half the size; else they are kept as they are.</summary>
    public bool HalfPrecision { get; init; }

    /// <summary>At most so many bytes on disk: the oldest steps go first, and are counted as dropped. Null = no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Steps that were recorded longer ago go. Null = never.</summary>
    public TimeSpan? MaxAge { get; init; }
}
