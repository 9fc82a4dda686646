using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>One pass of a trace, the batches of all exported routers at once. Lent until the next.</summary>
internal sealed class ExportPass(int routers)
{
    /// <summary>Of the first router that saw it.</summary>
    public BatchKey Key { get; set; }

    public RoutingPass Place { get; set; } = null!;

    public RoutingRows Rows => Place.Rows;

    /// <summary>One a router; null = it did not see this pass.</summary>
    public List<RoutingBatch?> Batches { get; } = [.. new RoutingBatch?[routers]];

    public void Clear()
    {
        for (var i = 0; i < routers; i++) Batches[i] = null;
    }
}
