using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

// Residual streams that lie side by side.
public abstract unsafe partial class CpuBackend
{
    public void StreamWeights(Activation weights, Weight move, Weight scale, int streams, int iterations, float epsilon)
    {
        using var moves = Widened((CpuWeight)move);
        using var scales = Widened((CpuWeight)scale);
        Run(weights.Rows, (long)weights.Rows * weights.Columns * 2 * iterations, new StreamWeightsJob
        {
            Weights = ((CpuActivation)weights).Data,
            Columns = weights.Columns,
            Moves = moves.Data,
            Scales = scales.Data,
            Parts = scale.Columns,
            Streams = streams,
            Iterations = iterations,
            Epsilon = epsilon,
        });
    }

    public void ReadStreams(Activation x, Activation weights, Activation y) =>
        Run(x.Rows, (long)x.Rows * x.Columns, Streams(new StreamJob { Backend = this, Reads = true }, x, weights, y));

    public void WriteStreams(Activation y, Activation weights, Activation x)
    {
        using var before = new Scratch(Pool, (long)Threads * x.Columns);
        Run(x.Rows, (long)x.Rows * x.Columns * (1 + x.Columns / y.Columns), Streams(new StreamJob { Backend = this, Before = before.Data }, x, weights, y));
    }

    private static StreamJob Streams(StreamJob job, Activation x, Activation weights, Activation y) => job with
    {
        X = ((CpuActivation)x).Data,
        Weights = ((CpuActivation)weights).Data,
        WeightColumns = weights.Columns,
        Y = ((CpuActivation)y).Data,
        Size = y.Columns,
        Count = x.Columns / y.Columns,
    };

    /// <summary>An item is a row.</summary>
    private struct StreamWeightsJob : IJob
    {
        public float* Weights;
        public int Columns;
        public float* Moves;
        public float* Scales;
        public int Parts;
        public int Streams;
        public int Iterations;
        public float Epsilon;

        public readonly void Execute(int item, int worker) => StreamMixing.Weights(
            new Span<float>(Weights + (nint)item * Columns, Columns), new ReadOnlySpan<float>(Moves, Columns), new ReadOnlySpan<float>(Scales, Parts), Streams, Iterations, Epsilon);
    }

    /// <summary>An item is a row: y of the streams x, or x of the streams x and y.</summary>
    private struct StreamJob : IJob
    {
        public CpuBackend Backend;
        public bool Reads;
        public float* X;
        public float* Weights;
        public int WeightColumns;
        public float* Y;

        /// <summary>Of a stream.</summary>
        public int Size;

        public int Count;

        /// <summary>What the streams were, a row for each thread; null where they are read.</summary>
        public float* Before;

        public readonly void Execute(int item, int worker)
        {
            float* x = X + (nint)item * Count * Size, y = Y + (nint)item * Size, weights = Weights + (nint)item * WeightColumns;
            if (Reads)
            {
                new Span<float>(y, Size).Clear();
                for (var s = 0; s < Count; s++) Backend.AddScaled(x + s * Size, weights[s], y, Size);
                return;
            }
            var before = Before + (nint)worker * Count * Size;
            new ReadOnlySpan<float>(x, Count * Size).CopyTo(new Span<float>(before, Count * Size));
            new Span<float>(x, Count * Size).Clear();
            for (var k = 0; k < Count; k++)
            {
                Backend.AddScaled(y, weights[Count + k], x + k * Size, Size);
                for (var j = 0; j < Count; j++) Backend.AddScaled(before + j * Size, weights[(2 + j) * Count + k], x + k * Size, Size);
            }
        }
    }
}
