using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

internal readonly unsafe struct Bf16Weights : IElementFormat
{
    public static int Size => 2;

    public static int BlockBytes => IWeightFormat.Block * Size;

    public static int UnpackedTokens => 256;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Key<TLanes, TVector>(float scale) where TLanes : struct, ILanes<TVector> where TVector : struct => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.EvenBf16(block + 4 * s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.OddBf16(block + 4 * s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* data) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.LoadBf16(data);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector LoadEven<TLanes, TVector>(byte* pairs) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.EvenBf16(pairs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector LoadOdd<TLanes, TVector>(byte* pairs) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.OddBf16(pairs);

    public static float Read(byte* data) => WeightFormat.Bf16.Read(data, 0);
}
