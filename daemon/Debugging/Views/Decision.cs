namespace MoeDevtools.Debugging.Views;

/// <summary>One decision, whole. What is unknown, undefined or not captured is null. Immutable.</summary>
public sealed record Decision
{
    public required RowPlace At { get; init; }

    public required int Router { get; init; }

    /// <summary><c>prefill</c>, <c>decode</c> ...</summary>
    public required string Phase { get; init; }

    public required int Sequence { get; init; }

    public required int? Position { get; init; }

    public required int? TokenId { get; init; }

    public required string? Text { get; init; }

    public required string? Label { get; init; }

    /// <summary>Not recorded yet: the decision at which the session stands.</summary>
    public required bool IsPresent { get; init; }

    /// <summary>In the order of the slots; empty ones are left out.</summary>
    public required IReadOnlyList<ExpertShown> Experts { get; init; }

    /// <summary>The best expert that was not chosen.</summary>
    public required ExpertShown? RunnerUp { get; init; }

    /// <summary>How far the runner-up is below the worst that was chosen, in selection scores.</summary>
    public required double? Margin { get; init; }

    /// <summary>Chosen, and dropped because they were full.</summary>
    public required IReadOnlyList<int> Dropped { get; init; }

    /// <summary>Router entropy, 0 to 1.</summary>
    public required double? Entropy { get; init; }

    /// <summary>What the model's own rule chose, where an intervention changed it.</summary>
    public required IReadOnlyList<ExpertShown>? Before { get; init; }

    /// <summary>Interventions that held here.</summary>
    public required IReadOnlyList<string> Interventions { get; init; }

    /// <summary>z <c>[experts]</c>.</summary>
    public required float[]? Logits { get; init; }

    /// <summary>s <c>[experts]</c>.</summary>
    public required float[]? Scores { get; init; }

    /// <summary>a <c>[experts]</c>.</summary>
    public required float[]? SelectionScores { get; init; }

    /// <summary>Whether the scores, and the entropy with them, were derived from the logits and not computed by the model.</summary>
    public required bool ScoresAreDerived { get; init; }
}
