using MoeDevtools.Checkpoints;
using MoeDevtools.Messages;
using MoeDevtools.Models.Sampling;

namespace MoeDevtools.Debugging;

/// <summary>What a person said about sampling; null = nothing. Immutable.</summary>
public sealed record SamplingChoice
{
    public double? Temperature { get; init; }

    public int? TopK { get; init; }

    public double? TopP { get; init; }

    public double? MinP { get; init; }

    public double? RepetitionPenalty { get; init; }

    /// <summary>Greedy, unless something about drawing is said; what else is open is then the checkpoint's own default.</summary>
    /// <exception cref="UserError">A value has no meaning.</exception>
    public SamplingParameters Over(GenerationConfig own)
    {
        var penalty = RepetitionPenalty ?? 1;
        if (this is { Temperature: null, TopK: null, TopP: null, MinP: null }) return (SamplingParameters.Greedy with { RepetitionPenalty = penalty }).Check();
        return new SamplingParameters
        {
            Temperature = Temperature ?? own.Temperature ?? 1,
            TopK = TopK ?? own.TopK ?? 0,
            TopP = TopP ?? own.TopP ?? 1,
            MinP = MinP ?? own.MinP ?? 0,
            RepetitionPenalty = penalty,
        }.Check();
    }
}
