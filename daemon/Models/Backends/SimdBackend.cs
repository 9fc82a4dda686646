using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

/// <summary>
/// Vector kernels on all cores. Bit-reproducible: no value depends on the number of threads, on how work was cut, or on how many tokens
/// share a pass; another <see cref="SimdLevel"/> sums in another order.
/// </summary>
public sealed unsafe partial class SimdBackend : CpuBackend
{
    // A chunk of weights that stays in a core's second-level cache while the tokens pass by.
    private const long ChunkBytes = 256 << 10;
    private const long SmallestChunkBytes = 16 << 10;
    private const long SmallestColumns = 256;
    private const int ChunksPerThread = 8;

    // Channels of a convolution that one item takes: their taps stay in the first-level cache while the tokens pass by.
    private const int ChannelBlock = 512;

    // Elements of a function that one item takes: whole vectors. Each costs about as much as so many multiplications.
    private const int GateBlock = 2048;
    private const long FunctionWork = 8;

    private readonly WorkerPool _workers;
    private readonly SimdKernels _kernels;

    /// <param name="threads">The caller's included; null = one for each processor.</param>
    /// <param name="level">Null = the best that this processor has.</param>
    public SimdBackend(int? threads = null, SimdLevel? level = null)
    {
        var wanted = level ?? SimdLevels.Best;
        if (!SimdLevels.IsSupported(wanted)) throw new PlatformNotSupportedException($"This processor has no {wanted.Name()}.");
        _kernels = SimdKernels.Of(wanted);
        _workers = new WorkerPool(threads ?? Environment.ProcessorCount);
    }

    public override string Name => "simd";

    public override FormattableString Description => _workers.Threads == 1 ? (FormattableString)$"{_kernels.Level.Name()}, {1} thread" : $"{_kernels.Level.Name()}, {_workers.Threads} threads";

    public override void Linear(Activation x, Weight w, Weight? bias, Activation y, int groups = 1)
    {
        var (from, to, weight) = ((CpuActivation)x, (CpuActivation)y, (CpuWeight)w);
        using var added = Widened((CpuWeight?)bias);
        var split = weight.Matrix.SplitsPairs;
        using var plain = new Scratch(Pool, split ? 0 : ArrangedFloats(from, split, groups));
        using var pairs = new Scratch(Pool, split ? ArrangedFloats(from, split, groups) : 0);
        var scratch = SimdKernels.ProductScratch(weight.Matrix);
        using var memory = new Scratch(Pool, scratch * _workers.Threads);
        var arranged = Arrange(from, plain.Data, pairs.Data, groups);
        var rows = weight.Rows / groups;
        var chunk = Math.Min(ChunkRows(weight, 1), BlockOrder.Padded(rows));
        var chunks = Chunks(rows, chunk);
        Run(groups * chunks, (long)x.Rows * weight.Rows * weight.Columns, new LinearJob
        {
            Kernels = _kernels,
            Chunk = chunk,
            ChunksPerGroup = chunks,
            GroupRows = rows,
            GroupStep = arranged.Stride / groups,
            Scratch = memory.Data,
            ScratchStride = scratch,
            Product = new Product
            {
                X = arranged.For(weight),
                XStride = arranged.Stride,
                Tokens = x.Rows,
                W = weight.Matrix,
                Bias = added.Data,
                Y = to.Data,
                YStride = to.Columns,
            },
        });
    }

    public override void RmsNorm(Activation x, Weight? w, int size, float epsilon, Activation y, float centre = 0)
    {
        using var factors = Widened((CpuWeight?)w, centre);
        Norm(x, size, y, new NormJob { Kernels = _kernels, W = factors.Data, WLength = w?.Columns ?? 0, Epsilon = epsilon });
    }

    public override void LayerNorm(Activation x, Weight w, Weight? bias, float epsilon, Activation y)
    {
        using var factors = Widened((CpuWeight)w);
        using var added = Widened((CpuWeight?)bias);
        Norm(x, x.Columns, y, new NormJob { Kernels = _kernels, W = factors.Data, Bias = added.Data, Epsilon = epsilon, Centred = true });
    }

    public override void Add(Activation x, Activation y, float factor = 1) =>
        _kernels.AddScaled(((CpuActivation)x).Data, factor, ((CpuActivation)y).Data, x.Rows * x.Columns);

    public override void Clamp(Activation x, float limit) => _kernels.Clamp(((CpuActivation)x).Data, -limit, limit, x.Rows * x.Columns);

    protected override void Dispose(bool disposing)
    {
        // The threads first: they may not outlive the memory.
        if (disposing) _workers.Dispose();
        base.Dispose(disposing);
    }

    private protected override void Scale(float* x, float factor, int count) => _kernels.Scale(x, factor, count);

    private protected override void Gate(ActivationFunction function, float* gate, float* up, int count) =>
        Run(Chunks(count, GateBlock), FunctionWork * count, new GateJob { Kernels = _kernels, Function = function, Gate = gate, Up = up, Count = count });

    private protected override void Rotate(CpuActivation x, RotaryFrequencies rotary, int headSize, int offset, float* angles)
    {
        var block = RowsOf(x.Columns);
        Run(Chunks(x.Rows, block), (long)x.Rows * x.Columns, new RotateJob
        {
            Kernels = _kernels,
            X = x.Data,
            Rows = x.Rows,
            Columns = x.Columns,
            Block = block,
            HeadSize = headSize,
            Offset = offset,
            Angles = angles,
            Pairs = rotary.Frequencies.Length,
            Interleaved = rotary.Interleaved,
        });
    }

    private protected override void Attend(in Attention attention)
    {
        var scratch = _kernels.AttentionScratch(attention);
        using var memory = new Scratch(Pool, scratch * _workers.Threads);
        var work = (long)attention.Tokens * attention.MostKeys * attention.Heads * (attention.KeySize + attention.ValueSize);
        Run(_kernels.AttentionItems(attention), work, new AttendJob
        {
            Kernels = _kernels,
            Attention = attention,
            Memory = memory.Data,
            Scratch = scratch,
        });
    }

    private protected override void Convolve(in Convolution convolution)
    {
        var scratch = 2L * ChannelBlock * convolution.Taps;
        using var memory = new Scratch(Pool, scratch * _workers.Threads);
        Run(Chunks(convolution.Channels, ChannelBlock), (long)convolution.Tokens * convolution.Channels * convolution.Taps, new ConvolveJob
        {
            Kernels = _kernels,
            Convolution = convolution,
            Memory = memory.Data,
            Scratch = scratch,
        });
    }

    private protected override void AttendLinearly(in LinearAttention attention)
    {
        var scratch = _kernels.LinearAttentionScratch(attention);
        using var memory = new Scratch(Pool, scratch * _workers.Threads);
        Run(_kernels.LinearAttentionItems(attention), (long)attention.Tokens * attention.Heads * attention.KeySize * attention.ValueSize, new AttendLinearlyJob
        {
            Kernels = _kernels,
            Attention = attention,
            Memory = memory.Data,
            Scratch = scratch,
        });
    }

    private protected override void Decay(float* x, float* rate, float* bias, int count) => _kernels.Decay(x, rate, bias, count);

    private protected override void Scan(in StateScan scan)
    {
        var work = (long)scan.Tokens * scan.Channels * scan.StateSize;
        Run(_kernels.ScanItems(scan), work, new ScanJob { Kernels = _kernels, Scan = scan });
    }

    private protected override void ScoreKeys(IndexScores index)
    {
        var scratch = _kernels.IndexScoreScratch(index);
        using var memory = new Scratch(Pool, scratch * _workers.Threads);
        Run(index.Items, (long)index.Tokens * index.Finished(index.Tokens - 1) * index.Heads * index.Size, new ScoreJob { Kernels = _kernels, Index = index, Memory = memory.Data, Scratch = scratch });
    }

    private protected override void Select(IndexScores index, int count, int* chosen) =>
        Run(index.Tokens, (long)index.Tokens * index.Finished(index.Tokens - 1), new SelectJob { Index = index, Count = count, Chosen = chosen });

    private protected override void AddScaled(float* x, float factor, float* y, int count) => _kernels.AddScaled(x, factor, y, count);

    private void Norm(Activation x, int size, Activation y, NormJob job)
    {
        var runs = (int)((long)x.Rows * x.Columns / size);
        job.X = ((CpuActivation)x).Data;
        job.Y = ((CpuActivation)y).Data;
        (job.Columns, job.Runs, job.Block) = (size, runs, RowsOf(size));
        Run(Chunks(runs, job.Block), (long)runs * size, job);
    }

    private protected override int Threads => _workers.Threads;

    private protected override void Run<TJob>(int items, long work, TJob job)
    {
        if (work >= WorthSharing)
        {
            _workers.Run(items, job);
            return;
        }
        for (var i = 0; i < items; i++) job.Execute(i, 0);
    }

    /// <summary>Floats of a copy of x in block order; 0 if x is in that order as it is.</summary>
    private static long ArrangedFloats(CpuActivation x, bool split, int groups = 1) =>
        !split && x.Columns / groups == BlockOrder.Padded(x.Columns / groups) ? 0 : (long)x.Rows * groups * BlockOrder.Padded(x.Columns / groups);

    /// <summary>Fills the orders that have memory; without it the plain order is x itself. Each group of columns is in blocks of its own.</summary>
    private Arranged Arrange(CpuActivation x, float* plain, float* split, int groups = 1)
    {
        var (rows, columns) = (x.Rows * groups, x.Columns / groups);
        if (plain != null) Arrange(x.Data, rows, columns, false, plain);
        if (split != null) Arrange(x.Data, rows, columns, true, split);
        return new Arranged { Plain = plain == null ? x.Data : plain, Split = split, Stride = groups * BlockOrder.Padded(columns) };
    }

    private void Arrange(float* x, int rows, int columns, bool split, float* to)
    {
        var block = RowsOf(columns);
        Run(Chunks(rows, block), (long)rows * columns, new ArrangeJob
        {
            X = x,
            Rows = rows,
            Columns = columns,
            Block = block,
            Split = split,
            To = to,
        });
    }

    private protected override Scratch Widened(CpuWeight? vector)
    {
        var values = new Scratch(Pool, vector?.Columns ?? 0);
        if (vector is not null) _kernels.Widen(vector.Matrix, 0, values.Data);
        return values;
    }

    /// <summary>
    /// Rows of weights that one item takes; <paramref name="operations"/> matrices of this shape are worked on at the same time.
    /// </summary>
    private int ChunkRows(CpuWeight weight, int operations)
    {
        var row = Math.Max(1, weight.Matrix.RowBytes);
        var all = weight.Rows * row * operations;
        // Rows that are not dense are columns of memory: many side by side, or little is read of a page.
        var (least, most) = weight.Matrix.HasDenseRows ? (SmallestChunkBytes, ChunkBytes) : (SmallestColumns * row, long.MaxValue);
        var bytes = Math.Clamp(all / (_workers.Threads * ChunksPerThread), least, most);
        return BlockOrder.Padded((int)Math.Clamp(bytes / row, 1, Math.Max(1, weight.Rows)));
    }
}
