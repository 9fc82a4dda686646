namespace MoeDevtools.Capture;

/// <summary>A token that the model generated.</summary>
/// <param name="Sequence">Index of its sequence in the run.</param>
/// <param name="Step">The step whose pass gave its logits.</param>
/// <param name="Position">Its position in the sequence.</param>
/// <param name="Text">What the streamed text grew by; null while a character is incomplete, or without a tokenizer.</param>
/// <param name="LogProbability">ln p under the unfiltered softmax of the logits.</param>
public sealed record GeneratedToken(int Sequence, long Step, int Position, int Id, string? Text, double LogProbability)
{
    /// <summary>State of the sampler before the draw (<see cref="Models.Sampling.SeededRandom.State"/>); null = it drew nothing, being greedy.</summary>
    public string? Sampler { get; init; }
}
