using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>Takes what an import yields, in order: <see cref="Begin"/> once, then the rest. Batches are lent for the length of a call.</summary>
public interface IImportSink
{
    void Begin(TraceInfo info, IReadOnlyList<RouterInfo> routers);

    void Add(TraceSequence sequence);

    void Add(RoutingBatch batch);

    void Add(TraceLoads loads);

    void Add(TraceDrop drop);
}
