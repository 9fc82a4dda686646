using MoeDevtools.Routing;

namespace MoeDevtools.Traces;

/// <summary>One pass of a trace, the batches of several routers at once. Lent until the next.</summary>
public sealed class TracePass
{
    private readonly RoutingBatch?[] _batches;

    private TracePass(int routers) => _batches = new RoutingBatch?[routers];

    /// <summary>Of the first router that saw it.</summary>
    public BatchKey Key { get; private set; }

    public RoutingPass Place { get; private set; } = null!;

    public RoutingRows Rows => Place.Rows;

    /// <summary>One a router that was asked for, in that order; null = it did not see this pass.</summary>
    public IReadOnlyList<RoutingBatch?> Batches => _batches;

    /// <summary>The passes in the order of the run. Memory does not grow with the trace.</summary>
    /// <param name="routers">Indices of the routers; passes that none of them saw are left out.</param>
    public static IEnumerable<TracePass> Read(TraceReader trace, IReadOnlyList<int> routers, RoutingColumns columns, CancellationToken cancelled) =>
        Read(trace, routers, columns, new BatchKey(long.MinValue, 0, 0, 0), long.MaxValue, cancelled);

    /// <param name="first">The first pass; its router does not matter.</param>
    /// <param name="to">The last step.</param>
    /// <inheritdoc cref="Read(TraceReader, IReadOnlyList{int}, RoutingColumns, CancellationToken)"/>
    public static IEnumerable<TracePass> Read(TraceReader trace, IReadOnlyList<int> routers, RoutingColumns columns, BatchKey first, long to, CancellationToken cancelled)
    {
        var pass = new TracePass(routers.Count);
        var spare = routers.Select(_ => (Batch: new RoutingBatch(), Place: new RoutingPass())).ToArray();
        var place = Enumerable.Repeat(-1, trace.Routers.Count).ToArray();
        for (var i = 0; i < routers.Count; i++) place[routers[i]] = i;
        // The next batch that may be wanted: routers in between are not walked over.
        BatchKey? After(BatchKey key)
        {
            var router = key.Router + 1;
            while (router < place.Length && place[router] < 0) router++;
            return trace.Next(key with { Router = router < place.Length ? router - 1 : ushort.MaxValue });
        }
        var count = 0;
        for (var next = After(first with { Router = -1 }); next is { } key && key.Step <= to; next = After(key))
        {
            cancelled.ThrowIfCancellationRequested();
            if (place[key.Router] is not (>= 0 and var at)) continue;
            if (count > 0 && (key.Step, key.Pass, key.Rank) != (pass.Key.Step, pass.Key.Pass, pass.Key.Rank))
            {
                yield return pass;
                Array.Clear(pass._batches);
                count = 0;
            }
            if (!trace.Read(key, spare[at].Place, spare[at].Batch, columns)) continue;
            if (count++ == 0) (pass.Key, pass.Place) = (key, spare[at].Place);
            pass._batches[at] = spare[at].Batch;
        }
        if (count > 0) yield return pass;
    }
}
