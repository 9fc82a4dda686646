namespace MoeDevtools.Bench.Models;

/// <summary>A tensor in a file: bfloat16, or a table of experts in int64.</summary>
/// <param name="Shape">Rows first, as safetensors has it.</param>
/// <param name="Offset">Bytes from the file's start.</param>
/// <param name="Experts">Of a table; 0 = it is none.</param>
internal sealed record TensorPlace(int[] Shape, long Offset, int Experts)
{
    public long Elements => Shape.Aggregate(1L, (n, d) => n * d);

    public long Bytes => Elements * (Experts > 0 ? sizeof(long) : sizeof(ushort));

    /// <summary>A norm's weight.</summary>
    public bool IsVector => Shape.Length == 1;
}
