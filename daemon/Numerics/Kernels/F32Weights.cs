using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

internal readonly unsafe struct F32Weights : IWeightFormat
{
    public static int Size => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block, int s) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.Load((float*)block + s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block, int s) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.Load((float*)block + IWeightFormat.Block / 2 + s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* data) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.Load((float*)data);

    public static float Read(byte* data) => WeightFormat.F32.Read(data, 0);
}
