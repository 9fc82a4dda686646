using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Debugging;

internal class SilentClient : IDebugClient
{
    public virtual void OnStopped(Stop stop)
    {
    }

    public virtual void OnLog(LogLine line)
    {
    }

    public virtual void OnAnomaly(Anomaly anomaly)
    {
    }

    public virtual void OnRouted(RoutingBatch batch)
    {
    }

    public virtual void OnRecordingFailed(UserError error)
    {
    }

    public virtual void OnEnded(Exception? error)
    {
    }

    public virtual void OnSequence(int index, SequenceInput input)
    {
    }

    public virtual void OnToken(GeneratedToken token)
    {
    }

    public virtual void OnNotice(FormattableString notice)
    {
    }

    public virtual void OnSequenceEnd(SequenceResult result)
    {
    }
}
