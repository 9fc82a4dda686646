using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Bench.Limits;

/// <summary>
/// How fast all threads together read memory that no cache holds: four streams a thread that lie far apart, with prefetch as far ahead as suits the processor, over a set
/// that is much larger than the last cache.
/// </summary>
internal sealed unsafe class ReadBandwidth : IDisposable
{
    private const long LeastBytes = 1L << 30;
    private const int ItemBytes = 8 << 20;

    private readonly WorkerPool _workers = new(Environment.ProcessorCount);
    private readonly byte* _data;
    private readonly long* _sums;
    private readonly int _items;
    private readonly int _ahead;

    public ReadBandwidth()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        _items = (int)(Math.Min(Math.Max(LeastBytes, 6 * LastCacheBytes()), memory / 4) / ItemBytes);
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)_items * ItemBytes, 4096);
        new Span<long>(_sums = (long*)NativeMemory.AlignedAlloc((nuint)_workers.Threads * 64, 64), _workers.Threads * 8).Clear();
        _workers.Run(_items, new FillJob { Data = _data });
        int[] distances = [0, 256, 2048];
        var rates = Rounds.Interleave(5, CancellationToken.None, [.. distances.Select(ahead => (Func<double>)(() => Measure(ahead)))]);
        _ahead = distances[Enumerable.Range(0, distances.Length).MaxBy(i => rates[i].Median)];
    }

    /// <summary>Bytes a second, from one walk over the set.</summary>
    public double Measure() => Measure(_ahead);

    private double Measure(int ahead)
    {
        var start = Stopwatch.GetTimestamp();
        _workers.Run(_items, new ReadJob { Data = _data, Sums = _sums, Ahead = ahead });
        return (double)_items * ItemBytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _workers.Dispose();
        NativeMemory.AlignedFree(_data);
        NativeMemory.AlignedFree(_sums);
    }

    /// <summary>0 where the system does not say.</summary>
    private static long LastCacheBytes()
    {
        const string Cache = "/sys/devices/system/cpu/cpu0/cache/index3/size";
        if (!File.Exists(Cache)) return 0;
        var text = File.ReadAllText(Cache).TrimEnd('K', '\n');
        return long.TryParse(text, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes << 10 : 0;
    }

    /// <summary>Writes every page: memory that was never written is one page of zeros, read from the cache.</summary>
    private struct FillJob : IJob
    {
        public byte* Data;

        public readonly void Execute(int item, int worker) =>
            new Span<byte>(Data + (nint)item * ItemBytes, ItemBytes).Fill((byte)(item | 1));
    }

    private struct ReadJob : IJob
    {
        public byte* Data;

        public int Ahead;

        /// <summary>A cache line for each thread; keeps the reads from being left out.</summary>
        public long* Sums;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Execute(int item, int worker)
        {
            const int Stream = ItemBytes / 4;
            var ahead = Ahead;
            var (a, b, c, d) = (Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero);
            var from = Data + (nint)item * ItemBytes;
            for (var end = from + Stream; from < end; from += 64)
            {
                if (Sse.IsSupported && ahead > 0)
                {
                    Sse.Prefetch0(from + ahead);
                    Sse.Prefetch0(from + Stream + ahead);
                    Sse.Prefetch0(from + 2 * Stream + ahead);
                    Sse.Prefetch0(from + 3 * Stream + ahead);
                }
                a += Vector512.Load((long*)from);
                b += Vector512.Load((long*)(from + Stream));
                c += Vector512.Load((long*)(from + 2 * Stream));
                d += Vector512.Load((long*)(from + 3 * Stream));
            }
            Sums[worker * 8] += Vector512.Sum(a + b + c + d);
        }
    }
}
