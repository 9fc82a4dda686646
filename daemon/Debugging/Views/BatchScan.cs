using System.Diagnostics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>
/// Goes over the batches of a recording in order, each once, as far as a call has time: the next call goes on there, and what was recorded meanwhile comes too. One thread at a time.
/// </summary>
internal sealed class BatchScan(RoutingColumns columns, long from)
{
    private readonly RecordedBatch _room = new();
    private BatchKey _last = new(from - 1, int.MaxValue, int.MaxValue, int.MaxValue);

    /// <summary>The step of the last batch that was looked at; null = none was.</summary>
    public long? Step { get; private set; }

    /// <param name="to">The last step to look at.</param>
    /// <param name="time">Null = until the end.</param>
    /// <param name="look">Takes each batch; lent.</param>
    /// <returns>True where it came to the end of what is recorded.</returns>
    public bool Advance(TraceReader reader, long to, TimeSpan? time, Action<RecordedBatch> look, CancellationToken cancelled)
    {
        var began = Stopwatch.GetTimestamp();
        while (reader.Next(_last) is { } key && key.Step <= to)
        {
            cancelled.ThrowIfCancellationRequested();
            if (time is { } most && Stopwatch.GetElapsedTime(began) > most) return false;
            _last = key;
            Step = key.Step;
            if (_room.Read(reader, key, columns)) look(_room);
        }
        return true;
    }
}
