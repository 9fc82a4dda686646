using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Bench.Limits;

/// <summary>
/// How many float32 operations a second all threads together do at most: independent chains of multiply-add in registers.
/// </summary>
internal sealed unsafe class FmaPeak : IDisposable
{
    private const int Chains = 12;
    private const int Items = 64;
    private const int Steps = 100_000;

    private readonly WorkerPool _workers = new(Environment.ProcessorCount);
    private readonly float* _sums;

    public FmaPeak() => _sums = (float*)NativeMemory.AlignedAlloc((nuint)_workers.Threads * 64, 64);

    /// <summary>Operations a second; a multiply-add counts two.</summary>
    public double Measure()
    {
        var start = Stopwatch.GetTimestamp();
        var lanes = Vector512.IsHardwareAccelerated ? Run<Vector512<float>, Lanes512>()
            : Vector256.IsHardwareAccelerated ? Run<Vector256<float>, Lanes256>()
            : Run<Vector128<float>, Lanes128>();
        return 2.0 * lanes * Chains * Steps * Items / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _workers.Dispose();
        NativeMemory.AlignedFree(_sums);
    }

    private int Run<TVector, TLanes>() where TLanes : ILanes<TVector>
    {
        _workers.Run(Items, new ChainsJob<TVector, TLanes> { Sums = _sums });
        return TLanes.Width;
    }

    private interface ILanes<TVector>
    {
        static abstract int Width { get; }

        static abstract TVector All(float x);

        static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

        static abstract float Sum(TVector x);
    }

    private struct ChainsJob<TVector, TLanes> : IJob where TLanes : ILanes<TVector>
    {
        /// <summary>A cache line for each thread; keeps the work from being left out.</summary>
        public float* Sums;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Execute(int item, int worker)
        {
            var (m, n) = (TLanes.All(0.999f), TLanes.All(0.001f));
            TVector a = n, b = n, c = n, d = n, e = n, f = n, g = n, h = n, i = n, j = n, k = n, l = n;
            for (var step = 0; step < Steps; step++)
            {
                a = TLanes.MultiplyAdd(a, m, n);
                b = TLanes.MultiplyAdd(b, m, n);
                c = TLanes.MultiplyAdd(c, m, n);
                d = TLanes.MultiplyAdd(d, m, n);
                e = TLanes.MultiplyAdd(e, m, n);
                f = TLanes.MultiplyAdd(f, m, n);
                g = TLanes.MultiplyAdd(g, m, n);
                h = TLanes.MultiplyAdd(h, m, n);
                i = TLanes.MultiplyAdd(i, m, n);
                j = TLanes.MultiplyAdd(j, m, n);
                k = TLanes.MultiplyAdd(k, m, n);
                l = TLanes.MultiplyAdd(l, m, n);
            }
            Sums[worker * 16] = TLanes.Sum(a) + TLanes.Sum(b) + TLanes.Sum(c) + TLanes.Sum(d) + TLanes.Sum(e) + TLanes.Sum(f)
                + TLanes.Sum(g) + TLanes.Sum(h) + TLanes.Sum(i) + TLanes.Sum(j) + TLanes.Sum(k) + TLanes.Sum(l);
        }
    }

    private readonly struct Lanes512 : ILanes<Vector512<float>>
    {
        public static int Width => 16;

        public static Vector512<float> All(float x) => Vector512.Create(x);

        public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
            Vector512.FusedMultiplyAdd(a, b, c);

        public static float Sum(Vector512<float> x) => Vector512.Sum(x);
    }

    private readonly struct Lanes256 : ILanes<Vector256<float>>
    {
        public static int Width => 8;

        public static Vector256<float> All(float x) => Vector256.Create(x);

        public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
            Vector256.FusedMultiplyAdd(a, b, c);

        public static float Sum(Vector256<float> x) => Vector256.Sum(x);
    }

    private readonly struct Lanes128 : ILanes<Vector128<float>>
    {
        public static int Width => 4;

        public static Vector128<float> All(float x) => Vector128.Create(x);

        public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
            Vector128.FusedMultiplyAdd(a, b, c);

        public static float Sum(Vector128<float> x) => Vector128.Sum(x);
    }
}
