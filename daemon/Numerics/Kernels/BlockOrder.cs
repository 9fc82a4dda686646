using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// The order in which product kernels read activations: blocks of 32, the last filled up with zeros. Where weights come in pairs
/// (<see cref="WeightMatrix.SplitsPairs"/>) each block holds its 16 even elements, then its 16 odd ones; else it is as it was.
/// </summary>
public static unsafe class BlockOrder
{
    /// <summary>Floats that <paramref name="columns"/> take in block order.</summary>
    public static int Padded(int columns) => (columns + IWeightFormat.Block - 1) / IWeightFormat.Block * IWeightFormat.Block;

    /// <summary>Where element <paramref name="i"/> of a row stands.</summary>
    internal static int Place(int i, bool splitPairs) =>
        splitPairs ? i / IWeightFormat.Block * IWeightFormat.Block + i % 2 * (IWeightFormat.Block / 2) + i % IWeightFormat.Block / 2 : i;

    /// <summary>
    /// Writes <paramref name="columns"/> of <paramref name="x"/> to <paramref name="to"/> <c>[Padded(columns)]</c>; the two do not overlap.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Arrange(float* x, int columns, bool splitPairs, float* to)
    {
        var padded = Padded(columns);
        if (!splitPairs)
        {
            Buffer.MemoryCopy(x, to, 4L * padded, 4L * columns);
            new Span<float>(to + columns, padded - columns).Clear();
            return;
        }
        const int half = IWeightFormat.Block / 2;
        var whole = columns / IWeightFormat.Block * IWeightFormat.Block;
        for (var b = 0; b < whole; b += IWeightFormat.Block)
        {
            for (var i = 0; i < half; i++)
            {
                to[b + i] = x[b + 2 * i];
                to[b + half + i] = x[b + 2 * i + 1];
            }
        }
        if (whole == columns) return;
        new Span<float>(to + whole, IWeightFormat.Block).Clear();
        for (var i = whole; i < columns; i++) to[Place(i, splitPairs)] = x[i];
    }
}
