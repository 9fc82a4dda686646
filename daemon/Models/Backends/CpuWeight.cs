using MoeDevtools.Checkpoints;
using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

/// <summary>A weight in mapped memory that its checkpoint owns.</summary>
internal sealed class CpuWeight(StoredTensor tensor, int rows, WeightMatrix matrix) : Weight(tensor.Name, rows, matrix.Columns)
{
    private readonly WeightMatrix _matrix = matrix;
    private bool _wasAsked;

    public ref readonly WeightMatrix Matrix => ref _matrix;

    /// <summary>Asks for its pages, the first time or each time: they may have been dropped for others.</summary>
    public void WillNeed(bool eachTime)
    {
        if (_wasAsked && !eachTime) return;
        _wasAsked = true;
        tensor.WillNeed();
    }
}
