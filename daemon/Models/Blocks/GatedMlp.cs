using System.Globalization;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>A dense gated MLP: down( act(gate x) ⊙ up x ).</summary>
internal sealed record GatedMlp(GatedWeights Weights, ActivationFunction Act) : IFeedForward
{
    public string Description => string.Create(CultureInfo.InvariantCulture, $"dense MLP of {Weights.Gate.Rows}");

    public void Forward(Activation x, ForwardPass pass, Activation y) => pass.Backend.GatedMlp(x, Weights, Act, y);
}
