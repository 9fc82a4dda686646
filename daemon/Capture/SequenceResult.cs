namespace MoeDevtools.Capture;

/// <summary>How a sequence ended.</summary>
public sealed record SequenceResult
{
    public required int Sequence { get; init; }

    public required SequenceInput Input { get; init; }

    public required IReadOnlyList<int> GeneratedIds { get; init; }

    /// <summary>The generated ids decoded at once; null without a tokenizer.</summary>
    public required string? Text { get; init; }

    /// <summary><c>length</c> (max_new_tokens), <c>eos</c>, <c>context</c> (max_position_embeddings reached) or <c>recorded</c> (a replay).</summary>
    public required string Finish { get; init; }

    /// <summary>−ln p of each prompt token after the first, nats <c>[tokens - 1]</c>; null when not scored, or when the prompt was encoded.</summary>
    public required IReadOnlyList<double>? Nll { get; init; }

    /// <summary>Wall time of prefill and decode; null where it was not measured.</summary>
    public required TimeSpan? Prefill { get; init; }

    public required TimeSpan? Decode { get; init; }
}
