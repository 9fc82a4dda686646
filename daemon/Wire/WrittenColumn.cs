using System.Runtime.InteropServices;

namespace MoeDevtools.Wire;

/// <summary>A column of a <see cref="BinaryMessage"/> to be written. The bytes are not copied before.</summary>
/// <param name="Dtype"><c>f32</c>, <c>i32</c> or <c>u8</c>.</param>
/// <param name="Bytes">Row-major, little-endian.</param>
public sealed record WrittenColumn(string Name, string Dtype, IReadOnlyList<int> Shape, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>A copy of reals <paramref name="shape"/>.</summary>
    public static WrittenColumn Of(string name, ReadOnlySpan<float> values, params IReadOnlyList<int> shape) => new(name, "f32", shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A copy of integers <paramref name="shape"/>.</summary>
    public static WrittenColumn Of(string name, ReadOnlySpan<int> values, params IReadOnlyList<int> shape) => new(name, "i32", shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A copy of bytes <paramref name="shape"/>.</summary>
    public static WrittenColumn Of(string name, ReadOnlySpan<byte> values, params IReadOnlyList<int> shape) => new(name, "u8", shape, values.ToArray());
}
