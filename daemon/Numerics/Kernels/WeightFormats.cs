using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

public static unsafe class WeightFormats
{
    private static readonly float[] E4M3 = [.. Enumerable.Range(0, 256).Select(i => FromE4M3((byte)i))];
    private static readonly float[] E2M1 = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];

    /// <summary>Bits of one element.</summary>
    public static int Bits(this WeightFormat format) => format switch
    {
        WeightFormat.F32 => 32,
        WeightFormat.F16 or WeightFormat.Bf16 => 16,
        WeightFormat.F4E2M1 => 4,
        _ => 8,
    };

    /// <summary>Element <paramref name="index"/>, without a scale; every format's values are float32 values.</summary>
    public static float Read(this WeightFormat format, byte* data, long index) => format switch
    {
        WeightFormat.F32 => Unsafe.ReadUnaligned<float>(data + 4 * index),
        WeightFormat.F16 => (float)BitConverter.UInt16BitsToHalf(Unsafe.ReadUnaligned<ushort>(data + 2 * index)),
        WeightFormat.Bf16 => BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(data + 2 * index) << 16),
        WeightFormat.F8E4M3 => E4M3[data[index]],
        WeightFormat.F4E2M1 => E2M1[data[index / 2] >> (int)(index % 2 * 4) & 15],
        WeightFormat.F8E8M0 => FromE8M0(data[index]),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>2^(e − 127): the exponent bits of a float32, but for its subnormal end and NaN. No table, which would want a call to see that it is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float FromE8M0(byte e)
    {
        var bits = (uint)e << 23;
        return BitConverter.UInt32BitsToSingle(e == 0 ? 1u << 22 : e == 255 ? bits | 1u << 22 : bits);
    }

    private static float FromE4M3(byte code)
    {
        var (exponent, mantissa) = (code >> 3 & 15, code & 7);
        if (exponent == 15 && mantissa == 7) return float.NaN;
        var value = exponent == 0 ? mantissa * MathF.ScaleB(1, -9) : (8 + mantissa) * MathF.ScaleB(1, exponent - 10);
        return code < 128 ? value : -value;
    }
}
