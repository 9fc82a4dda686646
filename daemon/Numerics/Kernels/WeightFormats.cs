using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

public static unsafe class WeightFormats
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this WeightFormat format) => format == WeightFormat.F32 ? 4 : 2;

    /// <summary>Element <paramref name="index"/>; every format's values are float32 values.</summary>
    public static float Read(this WeightFormat format, byte* data, long index) => format switch
    {
        WeightFormat.F32 => Unsafe.ReadUnaligned<float>(data + 4 * index),
        WeightFormat.F16 => (float)BitConverter.UInt16BitsToHalf(Unsafe.ReadUnaligned<ushort>(data + 2 * index)),
        WeightFormat.Bf16 => BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(data + 2 * index) << 16),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };
}
