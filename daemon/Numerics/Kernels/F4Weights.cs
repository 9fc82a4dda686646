using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary><see cref="WeightFormat.F4E2M1"/>: the lower halves of 16 bytes are the even elements of a block, the upper halves the odd ones.</summary>
internal readonly unsafe struct F4Weights : IWeightFormat
{
    public static int BlockBytes => IWeightFormat.Block / 2;

    public static int UnpackedTokens => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Key<TLanes, TVector>(float scale) where TLanes : struct, ILanes<TVector> where TVector : struct => TLanes.KeyF4(scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.EvenF4(block + s, key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.OddF4(block + s, key);
}
