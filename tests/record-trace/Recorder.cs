using MoeDevtools.Capture;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.RecordTrace;

/// <summary>Records what a run says. One thread.</summary>
internal sealed class Recorder(TraceWriter writer) : IRoutingSink, IRunObserver
{
    /// <summary>Added to the steps of a run, which count from 1 each time.</summary>
    public long FirstStep { get; set; }

    public long Batches { get; private set; }

    public RoutingColumns Wanted(RouterInfo router) => writer.Wanted(router);

    public void OnRouted(RoutingBatch batch)
    {
        var step = batch.Pass.Step;
        batch.Pass.Step = FirstStep + step;
        writer.Add(batch);
        batch.Pass.Step = step;
        Batches++;
    }

    public void OnSequence(int index, SequenceInput input)
    {
    }

    public void OnSequenceEnd(SequenceResult result)
    {
    }

    public void OnToken(GeneratedToken token) =>
        writer.Add(new TraceToken(token.Sequence, FirstStep + token.Step, token.Position, token.Id, token.Text, token.LogProbability, null));
}
