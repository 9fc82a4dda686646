using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>A dense MLP, gated or not.</summary>
internal sealed record Mlp(MlpWeights Weights, MlpActivation Act) : IFeedForward
{
    public IEnumerable<FormattableString> Words => [$"dense MLP of {Weights.Inner}"];

    public void Forward(Activation x, LayerState state, ForwardPass pass, Activation y) => Forward(x, pass, y);

    public void Forward(Activation x, ForwardPass pass, Activation y) => pass.Backend.Mlp(x, Weights, Act, y);
}
