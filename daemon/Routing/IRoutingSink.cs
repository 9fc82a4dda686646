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

    /// <summary>Routers have come to the end of the source's list, and will decide from now on.</summary>
    void OnRoutersAdded()
    {
    }

    /// <summary>
    /// True if <see cref="OnRouted"/> of this router may block or change routing, so that a program that runs by itself must wait for it there. Asked before each batch, as
    /// <see cref="Wanted"/> is; a source that waits anyway does not ask.
    /// </summary>
    bool MayHold(RouterInfo router) => false;

    /// <summary>True if <see cref="OnStep"/> may block, or <see cref="OnRouted"/> where the program does not wait: it is then held before each optimizer step.</summary>
    bool MayHoldSteps => false;

    /// <summary>True if logits that are not finite are to hold the program where they arise.</summary>
    bool MayHoldNotFinite => false;

    /// <summary>A training is about to take an optimizer step, after all batches of the step. It may block.</summary>
    /// <param name="step">What the program says of it.</param>
    /// <param name="last">The last batch of each router, by its index; null = there is none yet. Lent for the length of the call.</param>
    void OnStep(TrainingStep step, IReadOnlyList<RoutingBatch?> last)
    {
    }

    /// <summary>The forward of a training raised, and the program is about to end with it. It may block.</summary>
    /// <param name="last">The last batch before; lent for the length of the call.</param>
    void OnFailed(TrainingFailure failure, RoutingBatch last)
    {
    }
}
