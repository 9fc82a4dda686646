namespace MoeDevtools.Traces.Writing;

/// <summary>
/// Between any number of threads that add records and one that takes them, bounded in bytes: whoever adds waits while it is full. Buffers are reused.
/// The lock guards everything here, and the chunk that is being filled.
/// </summary>
internal sealed class ChunkQueue : IDisposable
{
    public const int ChunkBytes = 1 << 20;
    private const long MostBytes = 64L << 20;

    /// <summary>How long records gather before the writer looks at them, so that a run of small ones wakes it once.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    private readonly Queue<Chunk> _full = new();
    private readonly Stack<Chunk> _free = new();
    private Chunk _filling = new(ChunkBytes);
    private long _bytes = ChunkBytes;
    private bool _closed;
    private bool _hurry;

    /// <summary>Held while a record is written into what <see cref="RoomFor"/> returns.</summary>
    public Lock Gate { get; } = new();

    // Lock has no condition variable: these two wake waiting threads outside of it.
    private readonly AutoResetEvent _arrived = new(false);
    private readonly SemaphoreSlim _freed = new(0);
    private int _waiting;

    /// <summary>Where the next record of <paramref name="size"/> bytes goes; waits for room. Null = closed. Call with <see cref="Gate"/> held, write, and let it go.</summary>
    public Chunk? RoomFor(int size)
    {
        while (!_closed)
        {
            if (_filling.HasRoom(size))
            {
                if (_filling.IsEmpty) _arrived.Set();
                return _filling;
            }
            var capacity = Math.Max(ChunkBytes, size);
            while (capacity > ChunkBytes && _free.TryPop(out var spare)) _bytes -= spare.Capacity;
            if (_free.Count > 0 || _bytes + capacity <= MostBytes || _bytes == _filling.Capacity)
            {
                if (!_filling.IsEmpty) _full.Enqueue(_filling);
                else Retire(_filling);
                _filling = Take(capacity);
                _arrived.Set();
                return _filling;
            }
            _waiting++;
            Gate.Exit();
            _freed.Wait();
            Gate.Enter();
        }
        return null;
    }

    /// <summary>The next chunk to write; null when none came until <paramref name="deadline"/> (Environment.TickCount64; null = never) or the queue was closed and is empty.</summary>
    public Chunk? Next(long? deadline)
    {
        while (true)
        {
            lock (Gate)
            {
                if (_full.TryDequeue(out var chunk)) return chunk;
                if (!_filling.IsEmpty && (_hurry || _closed || deadline <= Environment.TickCount64))
                {
                    (chunk, _filling) = (_filling, Take(ChunkBytes));
                    _hurry = false;
                    return chunk;
                }
                if (_filling.IsEmpty && (_closed || deadline <= Environment.TickCount64)) return null;
                _hurry = !_filling.IsEmpty;                                               // it is taken once it has gathered for a while
            }
            var wait = _hurry ? Gathering : Timeout.InfiniteTimeSpan;
            if (deadline is { } until)
            {
                var left = TimeSpan.FromMilliseconds(Math.Max(0, until - Environment.TickCount64));
                if (wait == Timeout.InfiniteTimeSpan || left < wait) wait = left;
            }
            _arrived.WaitOne(wait);
        }
    }

    /// <summary>What was read comes back.</summary>
    public void Return(Chunk chunk)
    {
        lock (Gate)
        {
            chunk.Clear();
            Retire(chunk);
            WakeWaiting();
        }
    }

    /// <summary>The writer takes what is there without waiting for more.</summary>
    public void Hurry()
    {
        lock (Gate)
        {
            _hurry = true;
            _arrived.Set();
        }
    }

    /// <summary>Nothing more can be added; what is there can still be taken.</summary>
    public void Close()
    {
        lock (Gate)
        {
            _closed = true;
            _arrived.Set();
            WakeWaiting();
        }
    }

    public void Dispose()
    {
        _arrived.Dispose();
        _freed.Dispose();
    }

    private void WakeWaiting()
    {
        if (_waiting > 0) _freed.Release(_waiting);
        _waiting = 0;
    }

    private Chunk Take(int capacity)
    {
        if (capacity == ChunkBytes && _free.TryPop(out var chunk)) return chunk;
        _bytes += capacity;
        return new Chunk(capacity);
    }

    private void Retire(Chunk chunk)
    {
        if (chunk.Capacity == ChunkBytes) _free.Push(chunk);
        else _bytes -= chunk.Capacity;
    }
}
