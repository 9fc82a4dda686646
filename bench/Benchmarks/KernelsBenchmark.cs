using System.Diagnostics;
using System.Runtime.InteropServices;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>Products with weights in each stored format: of one token beside the rate at which memory is read, of many beside the rate of multiply-adds.</summary>
internal static unsafe class KernelsBenchmark
{
    private const int Rows = 1024;
    private const int Columns = 2048;
    private const int ManyTokens = 128;
    private const int RoundCount = 9;
    private const long SetBytes = 256 << 20;

    public static void Run(BenchContext context)
    {
        Measure(context, WeightFormat.F32, inputMajor: false);
        Measure(context, WeightFormat.F16, inputMajor: false);
        Measure(context, WeightFormat.Bf16, inputMajor: false);
        Measure(context, WeightFormat.Bf16, inputMajor: true);
        Measure(context, WeightFormat.F8E4M3, inputMajor: false);
        Measure(context, WeightFormat.F4E2M1, inputMajor: false);
    }

    private static void Measure(BenchContext context, WeightFormat format, bool inputMajor)
    {
        using var set = new Set(format, inputMajor);
        var (bandwidth, peak) = (context.Bandwidth, context.Peak);
        var series = Rounds.Interleave(
            RoundCount, context.Cancelled,
            () => set.Bytes / set.Seconds(1, set.Matrices) / 1e9,
            () => bandwidth.Measure() / 1e9,
            () => 2.0 * ManyTokens * Rows * Columns * Set.Few / set.Seconds(ManyTokens, Set.Few) / 1e9,
            () => peak.Measure() / 1e9);
        var name = $"{format.ToString().ToUpperInvariant()}{(inputMajor ? ", inputs outermost" : "")}";
        void Write(string what, Series value, string unit, string against, Series limit) => context.Report.Write(new Figure
        {
            Name = $"{name}: {what}", Value = value, Unit = unit, Better = Better.Higher, Against = against, AgainstValue = limit,
        });
        Write("1 token", series[0], "GB/s", "read", series[1]);
        Write($"{ManyTokens} tokens", series[2], "GFLOP/s", "multiply-add", series[3]);
    }

    /// <summary>Matrices <c>[Rows, Columns]</c>, together more than a cache holds.</summary>
    private sealed class Set : IDisposable
    {
        /// <summary>Matrices that many tokens are multiplied with; not all, which would take seconds.</summary>
        public const int Few = 16;

        private readonly WorkerPool _workers = new(Environment.ProcessorCount);
        private readonly byte* _data;
        private readonly byte* _scales;
        private readonly float* _scratch;
        private readonly float* _x;
        private readonly float* _y;
        private readonly WeightMatrix _first;
        private readonly long _matrixBytes;
        private readonly int _chunkRows;

        public Set(WeightFormat format, bool inputMajor)
        {
            var element = format.Bits() / 8;
            _matrixBytes = (long)Rows * Columns * format.Bits() / 8;
            _chunkRows = inputMajor ? 256 : 64;
            Matrices = (int)(SetBytes / _matrixBytes);
            _data = (byte*)NativeMemory.AlignedAlloc((nuint)(_matrixBytes * Matrices), 4096);
            var random = new Random(1);
            for (long i = 0; i < _matrixBytes * Matrices; i += 8) *(long*)(_data + i) = random.NextInt64() & 0x3F7F3F7F3F7F3F7F;    // a number in every format
            _first = new WeightMatrix
            {
                Data = _data,
                Format = format,
                Columns = Columns,
                RowStride = inputMajor ? element : (nint)(_matrixBytes / Rows),
                ColumnStride = inputMajor ? Rows * element : element,
                StoredStep = 1,
            };
            long scaleBytes = 0;
            if (format == WeightFormat.F8E4M3)
            {
                const int Block = 128;
                scaleBytes = Rows / Block * (Columns / Block) * sizeof(float);
                _scales = (byte*)NativeMemory.Alloc((nuint)scaleBytes);
                new Span<float>(_scales, (int)scaleBytes / sizeof(float)).Fill(0.01f);
                (_first.ScaleFormat, _first.ScaleStride, _first.ScaleRows, _first.ScaleColumns) = (WeightFormat.F32, Columns / Block * sizeof(float), Block, Block);
            }
            else if (format == WeightFormat.F4E2M1)
            {
                const int Block = 32;
                scaleBytes = Rows * Columns / Block;
                _scales = (byte*)NativeMemory.Alloc((nuint)scaleBytes);
                new Span<byte>(_scales, (int)scaleBytes).Fill(120);
                (_first.ScaleFormat, _first.ScaleStride, _first.ScaleRows, _first.ScaleColumns) = (WeightFormat.F8E8M0, Columns / Block, 1, Block);
            }
            _first.Scales = _scales;
            Bytes = (_matrixBytes + scaleBytes) * Matrices;
            _scratch = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, _workers.Threads * SimdKernels.ProductScratch(_first) * sizeof(float)), 64);
            _x = (float*)NativeMemory.AlignedAlloc(ManyTokens * Columns * sizeof(float), 64);
            for (var i = 0; i < ManyTokens * Columns; i++) _x[i] = random.NextSingle() - 0.5f;
            _y = (float*)NativeMemory.AlignedAlloc((nuint)Few * ManyTokens * Rows * sizeof(float), 64);
        }

        public int Matrices { get; }

        /// <summary>Of all matrices, with their scales.</summary>
        public long Bytes { get; }

        public double Seconds(int tokens, int matrices)
        {
            var job = new MultiplyJob { Set = this, Kernels = SimdKernels.Of(SimdLevels.Best), Tokens = tokens };
            var start = Stopwatch.GetTimestamp();
            _workers.Run(matrices * (Rows / _chunkRows), job);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        public void Dispose()
        {
            _workers.Dispose();
            NativeMemory.AlignedFree(_data);
            NativeMemory.Free(_scales);
            NativeMemory.AlignedFree(_scratch);
            NativeMemory.AlignedFree(_x);
            NativeMemory.AlignedFree(_y);
        }

        private struct MultiplyJob : IJob
        {
            public Set Set;
            public SimdKernels Kernels;
            public int Tokens;

            public readonly void Execute(int item, int worker)
            {
                var (matrix, chunk) = Math.DivRem(item, Rows / Set._chunkRows);
                var w = Set._first;
                w.Data += matrix * Set._matrixBytes;
                Kernels.Multiply(
                    new Product
                    {
                        X = Set._x,
                        XStride = Columns,
                        Tokens = Tokens,
                        W = w,
                        First = chunk * Set._chunkRows,
                        Last = (chunk + 1) * Set._chunkRows,
                        Y = Set._y + (nint)(matrix % Few) * ManyTokens * Rows,
                        YStride = Rows,
                    },
                    Set._scratch + worker * SimdKernels.ProductScratch(w));
            }
        }
    }
}
