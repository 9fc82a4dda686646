using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>The words of <c>hidden_act</c>.</summary>
internal static class ActivationNames
{
    private static readonly Dictionary<string, ActivationFunction> Names = new(StringComparer.Ordinal)
    {
        ["silu"] = ActivationFunction.Silu,
        ["swish"] = ActivationFunction.Silu,
        ["relu"] = ActivationFunction.Relu,
        ["gelu"] = ActivationFunction.Gelu,
        ["gelu_new"] = ActivationFunction.GeluTanh,
        ["gelu_pytorch_tanh"] = ActivationFunction.GeluTanh,
        ["quick_gelu"] = ActivationFunction.QuickGelu,
        ["relu2"] = ActivationFunction.Relu2,
        ["sigmoid"] = ActivationFunction.Sigmoid,
        ["tanh"] = ActivationFunction.Tanh,
    };

    /// <summary>The config's <c>hidden_act</c>; silu where it is absent.</summary>
    public static ActivationFunction Read(ModelConfig config)
    {
        var name = config.Text("hidden_act", "silu");
        return Names.TryGetValue(name, out var act) ? act : throw config.Unsupported("hidden_act", name, string.Join(", ", Names.Keys));
    }
}
