namespace MoeDevtools.Routing;

/// <summary>
/// Who listens to routers. Called on the compute thread, once per router and pass, before the experts run.
/// </summary>
public interface IRoutingSink
{
    /// <summary>
    /// The columns that this sink wants of <paramref name="router"/>; what nobody wants is not materialised. <see cref="RoutingColumns.None"/>:
    /// <see cref="OnRouted"/> is not called for it. Asked before each batch, so it may change from batch to batch; must be cheap.
    /// </summary>
    RoutingColumns Wanted(RouterInfo router);

    /// <summary>
    /// One batch. It may block (a stop), and it may change the routing through <see cref="RoutingBatch.BeginChange"/>; the model then uses
    /// what the batch says when the call returns. The batch is reused afterwards: copy what is kept.
    /// </summary>
    void OnRouted(RoutingBatch batch);
}
