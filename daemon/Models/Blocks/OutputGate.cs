using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>What an attention's output is multiplied with before the last projection: f(proj x), a gate a head or a channel by the projection's size.</summary>
internal sealed record OutputGate(Linear Projection, ActivationFunction Function)
{
    /// <summary>o <c>[T, H·v]</c> in place; x <c>[T, hidden]</c> is the attention's input.</summary>
    public void Apply(Activation x, Activation o, ForwardPass pass)
    {
        using var gate = Projection.Forward(x, pass);
        pass.Backend.Gate(gate, Function, o);
    }
}
