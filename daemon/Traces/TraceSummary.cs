using MoeDevtools.Messages;

namespace MoeDevtools.Traces;

/// <summary>What a trace file is, without opening it for longer. Immutable.</summary>
/// <param name="Info">Null = it cannot be read, as <paramref name="Problem"/> says.</param>
/// <param name="IsClosed">False = it is still written, or was left by a kill.</param>
public sealed record TraceSummary(string Path, long Bytes, TraceInfo? Info, TraceExtent? Extent, bool IsClosed, UserError? Problem);
