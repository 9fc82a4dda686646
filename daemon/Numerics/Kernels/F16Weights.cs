using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

internal readonly unsafe struct F16Weights : IElementFormat
{
    public static int Size => 2;

    public static int BlockBytes => IWeightFormat.Block * Size;

    public static int UnpackedTokens => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Key<TLanes, TVector>(float scale) where TLanes : struct, ILanes<TVector> where TVector : struct => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.EvenF16(block + 4 * s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.OddF16(block + 4 * s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* data) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.LoadF16(data);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector LoadEven<TLanes, TVector>(byte* pairs) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.EvenF16(pairs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector LoadOdd<TLanes, TVector>(byte* pairs) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.OddF16(pairs);

    public static float Read(byte* data) => WeightFormat.F16.Read(data, 0);
}
