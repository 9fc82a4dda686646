using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>What an export came to.</summary>
/// <param name="Rows">Rows of all passes, padding included.</param>
/// <param name="Columns">Columns that the trace had of those that were asked for.</param>
/// <param name="Changed">Batches that an intervention changed: what they were before is not exported.</param>
public sealed record ExportReport(long Rows, int Routers, RoutingColumns Columns, long Changed);
