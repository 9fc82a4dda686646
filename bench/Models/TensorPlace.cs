namespace MoeDevtools.Bench.Models;

/// <summary>A bfloat16 tensor in a file.</summary>
/// <param name="Shape">Rows first, as safetensors has it.</param>
/// <param name="Offset">Bytes from the file's start.</param>
internal sealed record TensorPlace(int[] Shape, long Offset)
{
    public long Elements => Shape.Aggregate(1L, (n, d) => n * d);

    public long Bytes => Elements * sizeof(ushort);

    /// <summary>A norm's weight.</summary>
    public bool IsVector => Shape.Length == 1;
}
