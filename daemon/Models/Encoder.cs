using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing;

namespace MoeDevtools.Models;

/// <summary>The first half of an encoder-decoder model: every position sees every other, so a text is encoded in one pass and nothing is kept of it but the output.</summary>
internal sealed class Encoder(Weight embedding, IReadOnlyList<ILayer> layers, INorm norm)
{
    public const string Stack = "encoder";

    public IReadOnlyList<ILayer> Layers => layers;

    /// <summary>The normed output <c>[T, hidden]</c>; the caller disposes it.</summary>
    public Activation Forward(ReadOnlySpan<int> tokens, ForwardPass pass, IForwardObserver? observer)
    {
        var x = pass.Rent(embedding.Columns);
        pass.Backend.Embed(embedding, tokens, x);
        observer?.OnHidden(Stack, 0, x);
        for (var i = 0; i < layers.Count; i++)
        {
            using var state = layers[i].CreateState(pass.Backend, tokens.Length);
            layers[i].Forward(x, state, pass);
            if (i + 1 < layers.Count) observer?.OnHidden(Stack, i + 1, x);
        }
        norm.Forward(x, pass, x);
        observer?.OnHidden(Stack, layers.Count, x);
        return x;
    }
}
