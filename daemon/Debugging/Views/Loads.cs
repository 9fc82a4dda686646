using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Loads of all routers over a range of steps. Immutable.</summary>
public sealed record Loads
{
    /// <summary>First step that is in the counts; null = nothing is recorded in the range.</summary>
    public required long? From { get; init; }

    public required long? To { get; init; }

    /// <summary>Last step that is in the entropies; those after it come with the next look. Null = none is yet.</summary>
    public required long? EntropyTo { get; init; }

    /// <summary>T <c>[routers]</c>; -1 = unknown.</summary>
    public required long[] Tokens { get; init; }

    /// <summary>c_e of all routers in forward order, one after the other <c>[sum of experts]</c>.</summary>
    public required long[] Counts { get; init; }

    public required IReadOnlyList<RouterLoads> Routers { get; init; }

    /// <summary>Of some rows it is not known whether they are padding: counts and loads may hold some.</summary>
    public required bool PaddingUnknown { get; init; }

    /// <summary>What the recording has lost.</summary>
    public required IReadOnlyList<TraceDrop> Missing { get; init; }
}
