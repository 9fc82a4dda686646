using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Tests.Models.Backends;

/// <summary>Ways between the host's arrays and a backend's activations that models do not need.</summary>
internal static unsafe class Activations
{
    public static Activation From(this ITensorBackend backend, float[] values, int columns)
    {
        var activation = backend.Rent(values.Length / columns, columns);
        values.CopyTo(new Span<float>(((CpuActivation)activation).Data, values.Length));
        return activation;
    }

    /// <summary>A stored matrix <c>[out, in]</c> or vector as it is.</summary>
    public static Weight Bind(this ITensorBackend backend, StoredTensor tensor) =>
        backend.Bind(new StoredMatrix(tensor, tensor.Shape.Length == 1 ? 1 : (int)tensor.Shape[0], (int)tensor.Shape[^1]));

    public static float[] ToArray(this ITensorBackend backend, Activation x)
    {
        var values = new float[x.Rows * x.Columns];
        backend.Read(x, 0, values);
        return values;
    }

    public static SimdBackend Simd(SimdLevel level) => new(threads: 2, level);
}
