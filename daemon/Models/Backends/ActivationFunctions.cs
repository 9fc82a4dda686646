using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Numerics.Kernels.Functions;

namespace MoeDevtools.Models.Backends;

/// <summary>The kernels of each <see cref="ActivationFunction"/>.</summary>
internal static unsafe class ActivationFunctions
{
    /// <summary>What an MLP does with its gate and up, into gate; <paramref name="up"/> null = not gated.</summary>
    public static void Gate(this SimdKernels kernels, MlpActivation act, float* gate, float* up, int count)
    {
        if (act is { Limit: { } most, Alpha: { } alpha })
        {
            kernels.GateClamped(gate, up, alpha, most, count);
            return;
        }
        if (act.Limit is { } limit)
        {
            kernels.Clamp(gate, float.NegativeInfinity, limit, count);
            if (up != null) kernels.Clamp(up, -limit, limit, count);
        }
        kernels.Gate(act.Function, gate, up, count);
    }

    /// <summary>The same in double.</summary>
    public static void GateScalar(MlpActivation act, float* gate, float* up, int count)
    {
        if (act is { Limit: { } most, Alpha: { } alpha })
        {
            ElementwiseScalar.GateClamped(gate, up, alpha, most, count);
            return;
        }
        if (act.Limit is { } limit)
        {
            ElementwiseScalar.Clamp(gate, float.NegativeInfinity, limit, count);
            if (up != null) ElementwiseScalar.Clamp(up, -limit, limit, count);
        }
        GateScalar(act.Function, gate, up, count);
    }

    /// <summary>gate = f(gate) ⊙ up, or f(gate) where <paramref name="up"/> is null.</summary>
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
            case ActivationFunction.Softplus: kernels.Gate<Softplus>(gate, up, count); break;
            case ActivationFunction.Identity: kernels.Gate<Identity>(gate, up, count); break;
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
            case ActivationFunction.Softplus: ElementwiseScalar.Gate<Softplus>(gate, up, count); break;
            case ActivationFunction.Identity: ElementwiseScalar.Gate<Identity>(gate, up, count); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, null);
        }
    }
}
