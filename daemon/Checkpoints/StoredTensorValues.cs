using System.Runtime.CompilerServices;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints;

/// <summary>Copies small tensors to managed arrays: rule data and reference outputs. Weights of a model stay where they lie.</summary>
public static class StoredTensorValues
{
    /// <summary>All elements as float32, row-major. F32, F16 and BF16.</summary>
    /// <exception cref="UserError">Another dtype.</exception>
    public static unsafe float[] ToFloats(this StoredTensor tensor)
    {
        var values = new float[tensor.ElementCount];
        for (var i = 0; i < values.Length; i++)
            values[i] = tensor.Type switch
            {
                StoredType.F32 => Unsafe.ReadUnaligned<float>(tensor.Data + 4L * i),
                StoredType.F16 => (float)Unsafe.ReadUnaligned<Half>(tensor.Data + 2L * i),
                StoredType.BF16 => BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(tensor.Data + 2L * i) << 16),
                _ => throw WrongType(tensor, "F32, F16 or BF16"),
            };
        return values;
    }

    /// <summary>All elements as integers, row-major. I32 and I64 (within 32 bits).</summary>
    /// <exception cref="UserError">Another dtype, or a value beyond 32 bits.</exception>
    public static unsafe int[] ToInts(this StoredTensor tensor)
    {
        var values = new int[tensor.ElementCount];
        for (var i = 0; i < values.Length; i++)
        {
            var value = tensor.Type switch
            {
                StoredType.I32 => Unsafe.ReadUnaligned<int>(tensor.Data + 4L * i),
                StoredType.I64 => Unsafe.ReadUnaligned<long>(tensor.Data + 8L * i),
                _ => throw WrongType(tensor, "I32 or I64"),
            };
            values[i] = value is >= int.MinValue and <= int.MaxValue ? (int)value
                : throw new UserError("MOE1033", $"{tensor.File}: {tensor.Name} holds {value}, beyond 32 bits.", $"Store ids that fit 32 bits.");
        }
        return values;
    }

    private static UserError WrongType(StoredTensor tensor, string expected) => new("MOE1032",
        $"{tensor.File}: {tensor.Name} is {tensor.Type.Name()}; {expected} is expected.", $"Store it as {expected}.");
}
