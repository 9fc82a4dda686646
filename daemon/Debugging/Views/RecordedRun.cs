using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>
/// The recording of a run, to be looked at while it is written, when it is complete, or by itself. Views read from it what they need; what they have counted is kept, so that the
/// next look reads only what is new. Any thread, several at once; once it is disposed looks are cancelled.
/// </summary>
/// <param name="path">The recording.</param>
/// <param name="flush">Makes visible what was recorded so far; null = nobody writes it, or another process.</param>
public sealed class RecordedRun(string path, IReadOnlyList<RouterInfo> routers, Action? flush) : IDisposable
{
    private readonly Lock _gate = new();                       // guards _idle
    private readonly Stack<TraceReader> _idle = [];
    private readonly ReaderWriterLockSlim _open = new();       // held for reading while a look lasts
    private readonly CancellationTokenSource _ends = new();
    private bool _disposed;

    /// <summary>A recording by itself.</summary>
    /// <exception cref="UserError">It cannot be opened.</exception>
    public static RecordedRun Open(string path)
    {
        var reader = TraceReader.Open(path);
        var run = new RecordedRun(path, reader.Routers, null);
        run._idle.Push(reader);
        return run;
    }

    public string Path => path;

    public IReadOnlyList<RouterInfo> Routers => routers;

    internal LoadSums Loads { get; } = new(routers);

    internal EntropySums Entropies { get; } = new(routers);

    internal AnomalyScan Anomalies { get; } = new(routers);

    internal Kept<(string Routers, string Metrics, StepRange Range, int Pixels), StepScan> Timelines { get; } = new();

    internal Kept<(int A, int B, StepRange Range), CountedPairs> Togethers { get; } = new();

    internal Kept<(int A, int B, StepRange Range), CountedPairs> Flows { get; } = new();

    internal Kept<(int Router, StepRange Range), CountedTokens> TokenFlows { get; } = new();

    internal Kept<(string Routers, StepRange Range, int Bins), CountedLogits> LogitCounts { get; } = new();

    internal Kept<(int Router, int Expert, StepRange Range, int Pixels), CountedExpert> Dossiers { get; } = new();

    /// <summary>Calls <paramref name="look"/> with a reader that sees all that is recorded so far.</summary>
    /// <exception cref="UserError">The recording cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or the run is over and gone.</exception>
    public T Look<T>(Func<TraceReader, CancellationToken, T> look, CancellationToken cancelled)
    {
        _open.EnterReadLock();
        try
        {
            if (_disposed) throw new OperationCanceledException();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancelled, _ends.Token);
            flush?.Invoke();
            var reader = Take();
            try
            {
                return look(reader, either.Token);
            }
            finally
            {
                lock (_gate) _idle.Push(reader);
            }
        }
        finally
        {
            _open.ExitReadLock();
        }
    }

    /// <summary>Waits until no look lasts any more; each ends soon.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _ends.Cancel();
        _open.EnterWriteLock();
        _disposed = true;
        foreach (var reader in _idle) reader.Dispose();
        _idle.Clear();
        _open.ExitWriteLock();
    }

    private TraceReader Take()
    {
        lock (_gate)
            if (_idle.TryPop(out var reader)) return reader;
        return TraceReader.Open(path);
    }
}
