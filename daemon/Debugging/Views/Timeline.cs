namespace MoeDevtools.Debugging.Views;

/// <summary>Metrics of routers over steps. Immutable.</summary>
public sealed record Timeline
{
    /// <summary>Steps that were looked at; null = none is recorded in the range.</summary>
    public required StepRange? Range { get; init; }

    /// <summary>Steps of a pixel.</summary>
    public required long StepsPerPixel { get; init; }

    public required IReadOnlyList<TimelineSeries> Series { get; init; }

    /// <summary>By step.</summary>
    public required IReadOnlyList<TimelineMark> Marks { get; init; }
}
