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
            case WeightFormat.F8E4M3 or WeightFormat.F4E2M1 or WeightFormat.F8E8M0:
                WriteCode(format, data, index, Nearest(format, value));
                break;
            default:
                Unsafe.WriteUnaligned(data + 2 * index, (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
                break;
        }
    }

    /// <summary>The code whose value is nearest; NaN has one of its own.</summary>
    private static int Nearest(WeightFormat format, float value)
    {
        var codes = Enumerable.Range(0, format == WeightFormat.F4E2M1 ? 16 : 256);
        return codes.MinBy(code =>
        {
            var stored = stackalloc byte[1] { (byte)code };
            var distance = Math.Abs(format.Read(stored, 0) - value);
            return float.IsNaN(value) ? (float.IsNaN(distance) && float.IsNaN(format.Read(stored, 0)) ? 0 : 1) : float.IsNaN(distance) ? float.PositiveInfinity : distance;
        });
    }

    private static void WriteCode(WeightFormat format, byte* data, long index, int code)
    {
        if (format != WeightFormat.F4E2M1) data[index] = (byte)code;
        else data[index / 2] = (byte)(index % 2 == 0 ? (data[index / 2] & 0xF0) | code : (data[index / 2] & 0x0F) | code << 4);
    }

    private static float Scale(Random random, WeightFormat format) => random.Next(20) switch
    {
        0 => 0,
        1 => format switch { WeightFormat.F16 => 1e-6f, WeightFormat.F8E4M3 => 1e-3f, WeightFormat.F4E2M1 => 0.3f, _ => 1e-40f },
        2 => format switch { WeightFormat.F16 => 5000, WeightFormat.F8E4M3 => 100, WeightFormat.F4E2M1 => 4, _ => 1e6f },
        _ => format == WeightFormat.F4E2M1 ? 1 : 0.05f,
    };
}
