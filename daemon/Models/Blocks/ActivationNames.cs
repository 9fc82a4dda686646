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

    /// <summary>The function that the config names.</summary>
    /// <param name="absent">Its name where the key is absent.</param>
    public static ActivationFunction Read(ConfigSection config, string key = "hidden_act", string absent = "silu")
    {
        var name = config.Text(key, absent);
        return Names.TryGetValue(name, out var act) ? act : throw config.Unsupported(key, name, string.Join(", ", Names.Keys));
    }
}
