using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

// What the threads run: an item is a run of rows of weights, or of activations.
public sealed unsafe partial class SimdBackend
{
    private struct LinearJob : IJob
    {
        public SimdKernels Kernels;
        public Product Product;
        public int Chunk;
        public int ChunksPerGroup;

        /// <summary>Rows of weights.</summary>
        public int GroupRows;

        /// <summary>From the columns of x that one group reads to those of the next.</summary>
        public nint GroupStep;

        public float* Scratch;
        public long ScratchStride;

        public readonly void Execute(int item, int worker)
        {
            var (group, chunk) = Math.DivRem(item, ChunksPerGroup);
            var product = Product;
            product.X += group * GroupStep;
            product.First = group * GroupRows + chunk * Chunk;
            product.Last = Math.Min(product.First + Chunk, (group + 1) * GroupRows);
            Kernels.Multiply(product, Scratch + worker * ScratchStride);
        }
    }

    private struct GateJob : IJob
    {
        public SimdKernels Kernels;
        public ActivationFunction Function;
        public float* Gate;
        public float* Up;
        public int Count;

        public readonly void Execute(int item, int worker)
        {
            var first = item * GateBlock;
            Kernels.Gate(Function, Gate + first, Up == null ? null : Up + first, Math.Min(GateBlock, Count - first));
        }
    }

    private struct ArrangeJob : IJob
    {
        public float* X;
        public float* To;
        public int Rows;
        public int Columns;
        public int Block;
        public bool Split;

        public readonly void Execute(int item, int worker)
        {
            var padded = BlockOrder.Padded(Columns);
            for (var t = item * Block; t < Math.Min(Rows, (item + 1) * Block); t++)
                BlockOrder.Arrange(X + (nint)t * Columns, Columns, Split, To + (nint)t * padded);
        }
    }

    private struct NormJob : IJob
    {
        public SimdKernels Kernels;
        public float* X;
        public float* W;

        /// <summary>Elements of W: Columns, or as many as a row has.</summary>
        public int WLength;
        public float* Bias;
        public float* Y;
        public int Columns;
        public float Epsilon;
        public bool Centred;
        public int Runs;
        public int Block;

        public readonly void Execute(int item, int worker)
        {
            for (var run = item * Block; run < Math.Min(Runs, (item + 1) * Block); run++)
            {
                if (Centred) Kernels.LayerNorm(X + (nint)run * Columns, W, Bias, Epsilon, Y + (nint)run * Columns, Columns);
                else Kernels.RmsNorm(X + (nint)run * Columns, W == null ? null : W + (nint)run * Columns % WLength, Epsilon, Y + (nint)run * Columns, Columns);
            }
        }
    }

    private struct RotateJob : IJob
    {
        public SimdKernels Kernels;
        public float* X;
        public float* Angles;
        public int Rows;
        public int Columns;
        public int Block;
        public int HeadSize;
        public int Offset;
        public int Pairs;
        public bool Interleaved;

        public readonly void Execute(int item, int worker)
        {
            for (var t = item * Block; t < Math.Min(Rows, (item + 1) * Block); t++)
            {
                var cos = Angles + (nint)t * 2 * Pairs;
                for (var head = 0; head < Columns / HeadSize; head++)
                {
                    var components = X + (nint)t * Columns + head * HeadSize + Offset;
                    if (Interleaved) RotaryScalar.Interleaved(components, cos, cos + Pairs, Pairs);
                    else Kernels.Rotate(components, cos, cos + Pairs, Pairs);
                }
            }
        }
    }

    private struct ConvolveJob : IJob
    {
        public SimdKernels Kernels;
        public Convolution Convolution;
        public float* Memory;
        public long Scratch;

        public readonly void Execute(int item, int worker)
        {
            var first = item * ChannelBlock;
            Kernels.Convolve(Convolution, first, Math.Min(ChannelBlock, Convolution.Channels - first), Memory + worker * Scratch);
        }
    }

    private struct AttendLinearlyJob : IJob
    {
        public SimdKernels Kernels;
        public LinearAttention Attention;
        public float* Memory;
        public long Scratch;

        public readonly void Execute(int item, int worker) => Kernels.AttendLinearly(Attention, item, Memory + worker * Scratch);
    }

    private struct AttendJob : IJob
    {
        public SimdKernels Kernels;
        public Attention Attention;
        public float* Memory;
        public long Scratch;

        public readonly void Execute(int item, int worker) => Kernels.Attend(Attention, item, Memory + worker * Scratch);
    }

    private struct ScanJob : IJob
    {
        public SimdKernels Kernels;
        public StateScan Scan;

        public readonly void Execute(int item, int worker) => Kernels.Scan(Scan, item);
    }

    private struct ScoreJob : IJob
    {
        public SimdKernels Kernels;
        public IndexScores Index;
        public float* Memory;
        public long Scratch;

        public readonly void Execute(int item, int worker) => Kernels.ScoreKeys(Index, item, Memory + worker * Scratch);
    }

    private struct SelectJob : IJob
    {
        public IndexScores Index;
        public int Count;
        public int* Chosen;

        public readonly void Execute(int item, int worker) => Select(Index, item, Count, Chosen);
    }
}
