using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>1 to 6 rows of activations with a panel of weights: 4 vectors of neighbouring outputs for each k, accumulated in registers.</summary>
[SkipLocalsInit]
internal static unsafe class ColumnTiles<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Outputs of a panel.</summary>
    public static int Outputs => 4 * TLanes.Width;

    /// <summary>y[n] += Σ x[k] · w[k, n], k in order, for each row.</summary>
    /// <param name="w"><c>[count, Outputs]</c>.</param>
    /// <param name="count">Of k.</param>
    /// <param name="x">Rows <c>[count]</c>, as many as <typeparamref name="TRows"/> counts.</param>
    /// <param name="y">Rows <c>[Outputs]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRows>(float* w, int count, float** x, float** y) where TRows : struct, ITileRows
    {
        var x0 = x[0];
        var x1 = TRows.Count > 1 ? x[1] : null;
        var x2 = TRows.Count > 2 ? x[2] : null;
        var x3 = TRows.Count > 3 ? x[3] : null;
        var x4 = TRows.Count > 4 ? x[4] : null;
        var x5 = TRows.Count > 5 ? x[5] : null;
        TileSums<TLanes, TVector> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        s0.Load(y[0]);
        if (TRows.Count > 1) s1.Load(y[1]);
        if (TRows.Count > 2) s2.Load(y[2]);
        if (TRows.Count > 3) s3.Load(y[3]);
        if (TRows.Count > 4) s4.Load(y[4]);
        if (TRows.Count > 5) s5.Load(y[5]);
        for (var k = 0; k < count; k++)
        {
            var (a, b, c, d) = (TLanes.Load(w), TLanes.Load(w + TLanes.Width), TLanes.Load(w + 2 * TLanes.Width), TLanes.Load(w + 3 * TLanes.Width));
            s0.Add(a, b, c, d, TLanes.All(x0[k]));
            if (TRows.Count > 1) s1.Add(a, b, c, d, TLanes.All(x1[k]));
            if (TRows.Count > 2) s2.Add(a, b, c, d, TLanes.All(x2[k]));
            if (TRows.Count > 3) s3.Add(a, b, c, d, TLanes.All(x3[k]));
            if (TRows.Count > 4) s4.Add(a, b, c, d, TLanes.All(x4[k]));
            if (TRows.Count > 5) s5.Add(a, b, c, d, TLanes.All(x5[k]));
            w += Outputs;
        }
        s0.Store(y[0]);
        if (TRows.Count > 1) s1.Store(y[1]);
        if (TRows.Count > 2) s2.Store(y[2]);
        if (TRows.Count > 3) s3.Store(y[3]);
        if (TRows.Count > 4) s4.Store(y[4]);
        if (TRows.Count > 5) s5.Store(y[5]);
    }
}
