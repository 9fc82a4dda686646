using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>
/// Goes over the passes of a recording in order, each once: the next look goes on where this one ended, and what was recorded meanwhile comes too. A pass is taken once all its batches
/// are there, or a later one has begun. One thread at a time.
/// </summary>
/// <param name="routers">Indices of the routers whose batches are wanted.</param>
internal sealed class PassScan(StepRange range, IReadOnlyList<int> routers, RoutingColumns columns)
{
    private BatchKey? _next;
    private long _from;

    /// <summary>What was looked at; null = nothing yet.</summary>
    public StepRange? Seen { get; private set; }

    /// <param name="look">Takes each pass; lent.</param>
    /// <exception cref="OperationCanceledException"/>
    public void Advance(TraceReader reader, Action<TracePass> look, ProgressReport? progress, CancellationToken cancelled)
    {
        var extent = reader.Extent();
        if (extent.Steps == 0) return;
        if (_next is null) _next = new BatchKey(_from = Math.Max(range.From ?? extent.FirstStep, extent.FirstStep), 0, 0, 0);
        var (first, to, end) = (_next.Value.Step, Math.Min(range.To ?? extent.LastStep, extent.LastStep), reader.Last());
        foreach (var pass in TracePass.Read(reader, routers, columns, _next.Value, to, cancelled))
        {
            var (step, number, rank, _) = pass.Key;
            if (pass.Batches.Contains(null) && end is { } last && (step, number, rank) == (last.Step, last.Pass, last.Rank)) return;
            progress?.Invoke((double)(step - first) / (to - first + 1));
            look(pass);
            _next = new BatchKey(step, number, rank + 1, 0);
            Seen = new StepRange(_from, step);
        }
    }
}
