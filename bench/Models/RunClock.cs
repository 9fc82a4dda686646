using System.Diagnostics;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Bench.Models;

/// <summary>Clocks runs of one sequence, directly or in a debug session, and counts what the compute thread allocates.</summary>
internal sealed class RunClock : IDebugClient, IDisposable
{
    private readonly ManualResetEventSlim _ended = new();
    private Exception? _error;
    private int _tokens;
    private long _first, _last, _allocatedFirst, _allocatedLast;

    public double PrefillMilliseconds { get; private set; }

    /// <summary>From the first generated token to the last, a token: forward pass, sampling, reporting.</summary>
    public double TokenMilliseconds => Stopwatch.GetElapsedTime(_first, _last).TotalMilliseconds / (_tokens - 1);

    public double TokenAllocation => (double)(_allocatedLast - _allocatedFirst) / (_tokens - 1);

    public static RunRequest Request(int[] prompt, int newTokens) =>
        new() { Sequences = [new SequenceInput(prompt)], MaxNewTokens = newTokens, IgnoreEos = true };

    public RunClock Run(ModelSession model, RunRequest request, IRoutingSink? sink, CancellationToken cancelled)
    {
        model.Run(request, sink, this, cancelled);
        return this;
    }

    /// <param name="session">Made with this clock as its client.</param>
    public RunClock Run(DebugSession session, RunRequest request, CancellationToken cancelled)
    {
        _ended.Reset();
        session.Start(request);
        _ended.Wait(cancelled);
        if (_error is not null) throw new InvalidOperationException("The session ended with an error.", _error);
        return this;
    }

    public void OnSequence(int index, SequenceInput input) => _tokens = 0;

    public void OnToken(GeneratedToken token)
    {
        (_last, _allocatedLast) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        if (_tokens++ == 0) (_first, _allocatedFirst) = (_last, _allocatedLast);
    }

    public void OnSequenceEnd(SequenceResult result) => PrefillMilliseconds = result.Prefill!.Value.TotalMilliseconds;

    public void OnRecordingFailed(UserError error)
    {
    }

    public void OnEnded(Exception? error)
    {
        _error = error;
        _ended.Set();
    }

    public void OnStopped(Stop stop) => throw new InvalidOperationException("Nothing was set to stop.");

    public void OnLog(LogLine line)
    {
    }

    public void OnAnomaly(Anomaly anomaly)
    {
    }

    public void OnRouted(RoutingBatch batch)
    {
    }

    public void Dispose() => _ended.Dispose();
}
