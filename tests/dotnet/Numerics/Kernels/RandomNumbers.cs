using System.Runtime.CompilerServices;
using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Tests.Numerics.Kernels;

/// <summary>Seeded numbers for kernel tests.</summary>
internal static unsafe class RandomNumbers
{
    public static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    public static void Fill(Random random, float* x, long count, float scale = 1)
    {
        for (var i = 0L; i < count; i++) x[i] = Normal(random) * scale;
    }

    /// <summary>Stored elements: mostly of ordinary size, some zero, subnormal or large, none infinite.</summary>
    public static void Fill(Random random, WeightFormat format, byte* data, long count)
    {
        for (var i = 0L; i < count; i++) Write(format, data, i, Normal(random) * Scale(random, format));
    }

    public static void Write(WeightFormat format, byte* data, long index, float value)
    {
        switch (format)
        {
            case WeightFormat.F32:
                Unsafe.WriteUnaligned(data + 4 * index, value);
                break;
            case WeightFormat.F16:
                Unsafe.WriteUnaligned(data + 2 * index, BitConverter.HalfToUInt16Bits((Half)value));
                break;
            default:
                Unsafe.WriteUnaligned(data + 2 * index, (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
                break;
        }
    }

    private static float Scale(Random random, WeightFormat format) => random.Next(20) switch
    {
        0 => 0,
        1 => format == WeightFormat.F16 ? 1e-6f : 1e-40f,
        2 => format == WeightFormat.F16 ? 5000 : 1e6f,
        _ => 0.05f,
    };
}
