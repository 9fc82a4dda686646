using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary><see cref="WeightFormat.F8E4M3"/>, in the order of storage.</summary>
internal readonly unsafe struct F8Weights : IWeightFormat
{
    public static int BlockBytes => IWeightFormat.Block;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block, int s) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.LoadF8(block + s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block, int s) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.LoadF8(block + IWeightFormat.Block / 2 + s);
}
