using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

/// <summary>A weight in mapped memory that its checkpoint owns.</summary>
internal sealed class CpuWeight(string name, int rows, WeightMatrix matrix) : Weight(name, rows, matrix.Columns)
{
    private readonly WeightMatrix _matrix = matrix;

    public ref readonly WeightMatrix Matrix => ref _matrix;
}
