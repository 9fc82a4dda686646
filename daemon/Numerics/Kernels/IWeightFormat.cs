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

    /// <summary>Elements s, s+1 ... of the first half of the block at <paramref name="block"/>.</summary>
    static abstract TVector First<TLanes, TVector>(byte* block, int s) where TLanes : struct, ILanes<TVector> where TVector : struct;

    /// <summary>Elements s, s+1 ... of the second half of the block at <paramref name="block"/>.</summary>
    static abstract TVector Second<TLanes, TVector>(byte* block, int s) where TLanes : struct, ILanes<TVector> where TVector : struct;
}
