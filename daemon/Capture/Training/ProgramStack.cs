using MoeDevtools.Routing;

namespace MoeDevtools.Capture.Training;

/// <summary>Where a program is. Immutable.</summary>
/// <param name="Frames">Of its main thread, innermost first.</param>
/// <param name="HeldBy">Another debugger that holds it there; null = none is known.</param>
internal sealed record ProgramStack(IReadOnlyList<SourceFrame> Frames, string? HeldBy);
