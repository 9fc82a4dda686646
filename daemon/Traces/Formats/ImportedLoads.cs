using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>What one router chose over a whole import.</summary>
/// <param name="Counts">c_e <c>[experts]</c>.</param>
public sealed record ImportedLoads(RouterInfo Router, IReadOnlyList<long> Counts, long EmptySlots);
