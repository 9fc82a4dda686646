using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Routing;

/// <summary>A router as its model describes it: identity, names, sizes and rule. Immutable.</summary>
public sealed record RouterInfo
{
    public required RouterId Id { get; init; }

    /// <summary>The key of its weight in the checkpoint without <c>.weight</c>, or its module path in a training program.</summary>
    public required string Name { get; init; }

    /// <summary>Other names of the same module; globs match any of them (<see cref="RouterNames"/>).</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>How experts are scored, chosen and weighed here.</summary>
    public required RouterRule Rule { get; init; }

    /// <summary>Position in forward order among all routers of the model, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Its lines in the source of the program that runs it, the best one to show first; empty where there is no source.</summary>
    public IReadOnlyList<RouterSource> Sources { get; init; } = [];

    /// <summary>Why a change of its routing does not reach the program that runs it, a phrase; null = it does.</summary>
    public string? NoChanges { get; init; }

    /// <summary>N, the number of experts that this router scores.</summary>
    public int Experts => Rule.Experts;
}
