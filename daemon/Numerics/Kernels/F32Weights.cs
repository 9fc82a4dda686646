using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

internal readonly unsafe struct F32Weights : IElementFormat
{
    public static int Size => 4;

    public static int BlockBytes => IWeightFormat.Block * Size;

    public static int UnpackedTokens => int.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Key<TLanes, TVector>(float scale) where TLanes : struct, ILanes<TVector> where TVector : struct => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.Load((float*)block + s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TLanes, TVector>(byte* block, int s, TVector key) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.Load((float*)block + IWeightFormat.Block / 2 + s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* data) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        TLanes.Load((float*)data);

    public static TVector LoadEven<TLanes, TVector>(byte* pairs) where TLanes : struct, ILanes<TVector> where TVector : struct
    {
        var elements = stackalloc float[16];
        for (var i = 0; i < TLanes.Width; i++) elements[i] = Read(pairs + 2 * Size * i);
        return TLanes.Load(elements);
    }

    public static TVector LoadOdd<TLanes, TVector>(byte* pairs) where TLanes : struct, ILanes<TVector> where TVector : struct =>
        LoadEven<TLanes, TVector>(pairs + Size);

    public static float Read(byte* data) => WeightFormat.F32.Read(data, 0);
}
