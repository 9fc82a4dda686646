using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Threads that work through the items of one job at a time, the caller among them. Items are handed out one by one, so a slow or late
/// thread delays nobody else. Between jobs the threads spin for 200 µs, longer than what lies between the products of a token, and then sleep, so that an idle pool uses no processor.
/// Used by one thread at a time.
/// </summary>
public sealed unsafe class WorkerPool : IDisposable
{
    private static readonly long SpinTicks = Stopwatch.Frequency / 5_000;

    private readonly Thread[] _threads;
    private readonly object _gate = new();
    private int _sleeping; // guarded by _gate
    private bool _disposed; // guarded by _gate

    // Items still to hand out, and in the upper half the number of the job they belong to: whoever takes one by compare-exchange knows that
    // the job which it read below is still the one that runs.
    private long _tickets;
    private delegate*<void*, int, int, void> _execute;
    private void* _job;
    private int _unfinished;
    private ExceptionDispatchInfo? _fault;

    /// <param name="threads">The caller's included; at least 1.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _threads = new Thread[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Loop(worker)) { IsBackground = true, Name = $"kernels {worker}" };
            _threads[i].Start();
        }
    }

    public int Threads => _threads.Length + 1;

    /// <summary>Threads that wait without using a processor.</summary>
    internal int Sleeping
    {
        get
        {
            lock (_gate) return _sleeping;
        }
    }

    /// <summary>Returns when all items are done. Throws what the first failed item threw; items not begun by then are left out.</summary>
    public void Run<TJob>(int items, TJob job) where TJob : struct, IJob
    {
        if (items <= 0) return;
        if (items == 1 || _threads.Length == 0)
        {
            for (var i = 0; i < items; i++) job.Execute(i, 0);
            return;
        }
        _execute = &Invoke<TJob>;
        // The job stays on this stack: this method returns only when no thread can touch it any more.
        _job = Unsafe.AsPointer(ref job);
        _fault = null;
        _unfinished = items;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Volatile.Write(ref _tickets, ((_tickets >> 32) + 1) << 32 | (uint)items);
            if (_sleeping > 0) Monitor.PulseAll(_gate);
        }
        Work(0);
        var wait = new SpinWait();
        while (Volatile.Read(ref _unfinished) > 0) wait.SpinOnce(sleep1Threshold: -1);
        _job = null;
        _fault?.Throw();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads) thread.Join();
    }

    private static void Invoke<TJob>(void* job, int item, int worker) where TJob : struct, IJob => Unsafe.AsRef<TJob>(job).Execute(item, worker);

    private void Loop(int worker)
    {
        while (WaitForItems()) Work(worker);
    }

    private void Work(int worker)
    {
        while (true)
        {
            var tickets = Volatile.Read(ref _tickets);
            if ((int)tickets == 0) return;
            var execute = _execute;
            var job = _job;
            if (Interlocked.CompareExchange(ref _tickets, tickets - 1, tickets) != tickets) continue;
            try
            {
                if (Volatile.Read(ref _fault) is null) execute(job, (int)tickets - 1, worker);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _fault, ExceptionDispatchInfo.Capture(e), null);
            }
            Interlocked.Decrement(ref _unfinished);
        }
    }

    /// <summary>False when the pool was disposed.</summary>
    private bool WaitForItems()
    {
        var until = Stopwatch.GetTimestamp() + SpinTicks;
        while (Stopwatch.GetTimestamp() < until)
        {
            if ((int)Volatile.Read(ref _tickets) > 0) return true;
            Thread.SpinWait(16);
        }
        lock (_gate)
        {
            while (!_disposed && (int)_tickets == 0)
            {
                _sleeping++;
                Monitor.Wait(_gate);
                _sleeping--;
            }
            return !_disposed;
        }
    }
}
