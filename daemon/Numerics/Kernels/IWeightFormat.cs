namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// A <see cref="WeightFormat"/> as vectors. Kernels walk a row in blocks of <see cref="Block"/> elements, each of which falls into a first
/// and a second half of 16. Where elements come out of pairs with one shift or mask the halves are the even and the odd elements; what they
/// are multiplied with is brought into the same order beforehand (<see cref="BlockOrder"/>).
/// </summary>
internal unsafe interface IWeightFormat
{
    const int Block = 32;

    static abstract int BlockBytes { get; }

    /// <summary>From so many tokens on it pays to make the weights float32 before they are multiplied (measured).</summary>
    static abstract int UnpackedTokens { get; }

    /// <summary>What the next two need of a scale.</summary>
    static abstract TVector Key<TLanes, TVector>(float scale) where TLanes : struct, ILanes<TVector> where TVector : struct;

    /// <summary>Elements s, s+1 ... of the first half of the block at <paramref name="block"/>, each times the scale and rounded once.</summary>
    static abstract TVector First<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct;

    /// <summary>Elements s, s+1 ... of the second half.</summary>
    static abstract TVector Second<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct;
}
