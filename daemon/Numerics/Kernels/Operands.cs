using System.Runtime.Intrinsics;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>Where a product tile reads and writes; all pointers are to small arrays on the stack of the caller.</summary>
internal unsafe struct Operands
{
    /// <summary>Rows of activations in block order.</summary>
    public float** X;

    /// <summary>Four rows of weights.</summary>
    public byte** W;

    /// <summary>The scales of the four rows, where the weights have any; then there is no incomplete block.</summary>
    public byte** Scales;

    /// <summary>Blocks that share a scale.</summary>
    public int ScaleBlocks;

    /// <summary>The last, incomplete block of each of the four, filled up with zeros.</summary>
    public byte** Tails;

    /// <summary>Whole blocks of a row.</summary>
    public int Blocks;

    public bool HasTail;

    /// <summary>So many bytes ahead weights are asked for; 0 = they come from a cache.</summary>
    public int Ahead;

    /// <summary>Rows of results, one for each row of <see cref="X"/>.</summary>
    public float** Y;

    /// <summary>The columns of the results, one for each row of <see cref="W"/>.</summary>
    public int* Columns;

    /// <summary>Added to the results by column; null = nothing.</summary>
    public float* Bias;

    public readonly void Store(int row, Vector128<float> sums)
    {
        var y = Y[row];
        for (var i = 0; i < 4; i++) y[Columns[i]] = Bias == null ? sums[i] : sums[i] + Bias[Columns[i]];
    }
}
