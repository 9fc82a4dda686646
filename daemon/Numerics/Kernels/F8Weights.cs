using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary><see cref="WeightFormat.F8E4M3"/>, in the order of storage.</summary>
internal readonly unsafe struct F8Weights : IWeightFormat
{
    public static int BlockBytes => IWeightFormat.Block;

    public static int UnpackedTokens => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Key<TLanes, TVector>(float scale) where TLanes : struct, ILanes<TVector> where TVector : struct => TLanes.All(scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.Multiply(TLanes.LoadF8(block + s), key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        First<TLanes, TVector>(block, IWeightFormat.Block / 2 + s, key);
}
