using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>Counts of one router that are added up.</summary>
internal static class LoadSums
{
    /// <summary>The sum as a trace keeps it.</summary>
    /// <exception cref="UserError">A count is negative or too large.</exception>
    public static TraceLoads Of(long step, int router, ReadOnlySpan<long> counts, string name)
    {
        var loads = new int[counts.Length];
        for (var e = 0; e < counts.Length; e++)
            loads[e] = counts[e] is >= 0 and <= int.MaxValue ? (int)counts[e]
                : throw new UserError("MOE7280", $"{name}: {counts[e]} assignments to expert {e} are not possible; 0 to {int.MaxValue} are.", $"Check that the array holds counts; a longer recording is imported in parts.");
        return new TraceLoads(step, router, -1, 0, loads);
    }
}
