namespace MoeDevtools.Routing;

/// <summary>An exception that ended a forward pass and that nothing in the program caught; the program waits before it ends with it. Immutable.</summary>
public sealed record TrainingFailure
{
    public required long Step { get; init; }

    /// <summary>Its type in the program's language: <c>IndexError</c>.</summary>
    public required string Type { get; init; }

    public required string Message { get; init; }

    /// <summary>Where it was raised, innermost first.</summary>
    public required IReadOnlyList<SourceFrame> Stack { get; init; }
}
