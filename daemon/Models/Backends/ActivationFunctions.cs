using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Numerics.Kernels.Functions;

namespace MoeDevtools.Models.Backends;

/// <summary>The kernels of each <see cref="ActivationFunction"/>.</summary>
internal static unsafe class ActivationFunctions
{
    /// <summary>gate = f(gate) ⊙ up.</summary>
    public static void Gate(this SimdKernels kernels, ActivationFunction function, float* gate, float* up, int count)
    {
        switch (function)
        {
            case ActivationFunction.Silu: kernels.Gate<Silu>(gate, up, count); break;
            case ActivationFunction.Relu: kernels.Gate<Relu>(gate, up, count); break;
            case ActivationFunction.Gelu: kernels.Gate<Gelu>(gate, up, count); break;
            case ActivationFunction.GeluTanh: kernels.Gate<GeluTanh>(gate, up, count); break;
            case ActivationFunction.QuickGelu: kernels.Gate<QuickGelu>(gate, up, count); break;
            case ActivationFunction.Relu2: kernels.Gate<Relu2>(gate, up, count); break;
            case ActivationFunction.Sigmoid: kernels.Gate<Sigmoid>(gate, up, count); break;
            case ActivationFunction.Tanh: kernels.Gate<Tanh>(gate, up, count); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, null);
        }
    }

    /// <summary>gate = f(gate) ⊙ up, in double.</summary>
    public static void GateScalar(ActivationFunction function, float* gate, float* up, int count)
    {
        switch (function)
        {
            case ActivationFunction.Silu: ElementwiseScalar.Gate<Silu>(gate, up, count); break;
            case ActivationFunction.Relu: ElementwiseScalar.Gate<Relu>(gate, up, count); break;
            case ActivationFunction.Gelu: ElementwiseScalar.Gate<Gelu>(gate, up, count); break;
            case ActivationFunction.GeluTanh: ElementwiseScalar.Gate<GeluTanh>(gate, up, count); break;
            case ActivationFunction.QuickGelu: ElementwiseScalar.Gate<QuickGelu>(gate, up, count); break;
            case ActivationFunction.Relu2: ElementwiseScalar.Gate<Relu2>(gate, up, count); break;
            case ActivationFunction.Sigmoid: ElementwiseScalar.Gate<Sigmoid>(gate, up, count); break;
            case ActivationFunction.Tanh: ElementwiseScalar.Gate<Tanh>(gate, up, count); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, null);
        }
    }
}
