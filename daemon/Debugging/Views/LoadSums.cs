using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Sums the table of loads that a recording keeps. The last sum is kept: a later one over the same steps and more reads only those. Any thread.</summary>
internal sealed class LoadSums(IReadOnlyList<RouterInfo> routers)
{
    private volatile Settled? _settled;

    /// <summary>Null = nothing is recorded in this range.</summary>
    /// <exception cref="OperationCanceledException"/>
    public LoadTable? Of(TraceReader reader, StepRange range, ProgressReport? progress, CancellationToken cancelled)
    {
        var extent = reader.Extent();
        var (from, to) = (Math.Max(range.From ?? extent.FirstStep, extent.FirstStep), Math.Min(range.To ?? extent.LastStep, extent.LastStep));
        if (extent.Steps == 0 || from > to) return null;
        // What was summed once stays true, also when its steps were dropped since.
        var settled = _settled is { } kept && kept.AskedFrom == range.From && kept.Sums.To <= to ? kept : new Settled(range.From, Empty(from));
        var sums = settled.Sums.Copy();
        // The last step may still grow: it is not kept.
        var settles = Math.Min(to, extent.LastStep - 1);
        if (settles > sums.To)
        {
            sums = Add(reader, sums, settles, progress, cancelled);
            _settled = settled with { Sums = sums.Copy() };
        }
        if (to <= sums.To) return sums;
        return Add(reader, sums, to, progress, cancelled);
    }

    private LoadTable Empty(long from) => new(from, from - 1, new long[routers.Count], new long[routers.Count], [.. routers.Select(r => new long[r.Experts])]);

    /// <summary>The sums up to <paramref name="to"/>; the arrays are those of <paramref name="sums"/>.</summary>
    private static LoadTable Add(TraceReader reader, LoadTable sums, long to, ProgressReport? progress, CancellationToken cancelled)
    {
        var from = sums.To + 1;
        reader.Loads(
            from, to,
            (step, router, tokens, empty, counts) =>
            {
                progress?.Invoke((double)(step - from) / (to - from + 1));
                sums.Tokens[router] = tokens < 0 || sums.Tokens[router] < 0 ? -1 : sums.Tokens[router] + tokens;
                sums.EmptySlots[router] += empty;
                var all = sums.Counts[router];
                for (var e = 0; e < all.Length; e++) all[e] += counts[e];
            },
            cancelled);
        return sums with { To = to, PaddingUnknown = sums.PaddingUnknown || reader.IsPaddingUnknown(from, to) };
    }

    private sealed record Settled(long? AskedFrom, LoadTable Sums);
}
