using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>What one row of activations has summed up with four vectors of weights.</summary>
internal unsafe struct TileSums<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private TVector _a;
    private TVector _b;
    private TVector _c;
    private TVector _d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TVector a, TVector b, TVector c, TVector d, TVector x)
    {
        _a = TLanes.MultiplyAdd(a, x, _a);
        _b = TLanes.MultiplyAdd(b, x, _b);
        _c = TLanes.MultiplyAdd(c, x, _c);
        _d = TLanes.MultiplyAdd(d, x, _d);
    }

    /// <summary>The sum of each vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector128<float> Total() => TLanes.Sums(_a, _b, _c, _d);

    /// <summary>Goes on from sums that <see cref="Store"/> has left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* from)
    {
        _a = TLanes.Load(from);
        _b = TLanes.Load(from + TLanes.Width);
        _c = TLanes.Load(from + 2 * TLanes.Width);
        _d = TLanes.Load(from + 3 * TLanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* to)
    {
        TLanes.Store(_a, to);
        TLanes.Store(_b, to + TLanes.Width);
        TLanes.Store(_c, to + 2 * TLanes.Width);
        TLanes.Store(_d, to + 3 * TLanes.Width);
    }
}
