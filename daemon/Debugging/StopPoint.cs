using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;

namespace MoeDevtools.Debugging;

/// <summary>A place at which a session stops or stopped, and why; it holds no batch.</summary>
internal sealed record StopPoint(Cursor Cursor, IReadOnlyList<Hit> Hits, IReadOnlyList<Anomaly> Anomalies);
