using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

/// <summary>A weight in mapped memory that its checkpoint owns.</summary>
internal sealed unsafe class CpuWeight(string name, int rows, int columns, WeightFormat format, byte* data) : Weight(name, rows, columns)
{
    public WeightFormat Format { get; } = format;

    /// <summary>Row 0; not aligned to anything.</summary>
    public byte* Data { get; } = data;

    /// <summary>Bytes of a row.</summary>
    public nint Stride { get; } = (nint)columns * format.Size();

    public byte* Row(int row) => Data + row * Stride;
}
