using System.Collections.Concurrent;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Runs;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Debugger;

/// <summary>Hands what happens on the compute thread to the console's thread, in order.</summary>
internal sealed class ConsoleClient(TextSoFar text) : IDebugClient, IDisposable
{
    private readonly BlockingCollection<object> _events = [];

    /// <summary>The next event: a <see cref="Stop"/>, <see cref="LogLine"/>, <see cref="GeneratedToken"/>, <see cref="SequenceResult"/>, <see cref="UserError"/> (the recording failed), <see cref="FormattableString"/> (a notice) or <see cref="Ended"/>. Waits for it.</summary>
    public object Take(CancellationToken cancelled) => _events.Take(cancelled);

    public void OnSequence(int index, SequenceInput input) => text.Start(index, input.Ids);

    public void OnToken(GeneratedToken token)
    {
        text.Add(token.Sequence, token.Id);
        _events.Add(token);
    }

    public void OnSequenceEnd(SequenceResult result) => _events.Add(result);

    public void OnStopped(Stop stop) => _events.Add(stop);

    public void OnLog(LogLine line) => _events.Add(line);

    /// <summary>Called with each anomaly, on the compute thread.</summary>
    public Action<Anomaly>? Found { get; set; }

    /// <summary>Shown with the stop that it makes.</summary>
    public void OnAnomaly(Anomaly anomaly) => Found?.Invoke(anomaly);

    public void OnNotice(FormattableString notice) => _events.Add(notice);

    public void OnRouted(RoutingBatch batch)
    {
    }

    public void OnRecordingFailed(UserError error) => _events.Add(error);

    public void OnEnded(Exception? error) => _events.Add(new Ended(error));

    public void Dispose() => _events.Dispose();

    /// <param name="Error">Null when the run came to its end.</param>
    internal sealed record Ended(Exception? Error);
}
