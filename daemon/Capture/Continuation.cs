using MoeDevtools.Routing;

namespace MoeDevtools.Capture;

/// <summary>Where a run is taken up again: a step of one of its sequences, before its first router. Immutable.</summary>
public sealed record Continuation
{
    public required int Sequence { get; init; }

    /// <summary>The step that runs first.</summary>
    public required long Step { get; init; }

    /// <summary>Ids that were generated before that step, of which it runs the last; empty = the step is the sequence's prefill.</summary>
    public required IReadOnlyList<int> Generated { get; init; }

    /// <summary>State of the sampler before the draw that follows the step; null = as at the start.</summary>
    public string? Sampler { get; init; }

    /// <summary>Imposes what routers decided in the steps before.</summary>
    public required IRoutingSink Past { get; init; }
}
