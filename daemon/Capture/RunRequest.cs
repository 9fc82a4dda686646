using MoeDevtools.Models.Sampling;

namespace MoeDevtools.Capture;

/// <summary>What to run: sequences one after the other, each prefilled and then continued.</summary>
public sealed record RunRequest
{
    public required IReadOnlyList<SequenceInput> Sequences { get; init; }

    /// <summary>Tokens to generate after each sequence; 0 = prefill only.</summary>
    public int MaxNewTokens { get; init; }

    public SamplingParameters Sampling { get; init; } = SamplingParameters.Greedy;

    /// <summary>Of the draws; the same for every sequence of a run.</summary>
    public long Seed { get; init; }

    /// <summary>Where the run is taken up again; null = it begins at the first sequence.</summary>
    public Continuation? From { get; init; }

    /// <summary>Whether the prompt's own tokens are scored (NLL), which costs the head for every token.</summary>
    public bool Score { get; init; }

    /// <summary>Whether <see cref="IRunObserver.OnLogits"/> is called for every position, which costs the head for every token too.</summary>
    public bool Logits { get; init; }

    /// <summary>Whether generation goes on past an end-of-sequence token.</summary>
    public bool IgnoreEos { get; init; }
}
