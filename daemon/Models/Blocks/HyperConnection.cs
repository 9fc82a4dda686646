using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// How a block reads S residual streams, how they mix, and how they take what it writes, by weights that are made of the streams themselves (hyper-connections, arXiv 2409.19606, with
/// the mixing of arXiv 2512.24880). After the last layer they are only read. The streams of a token lie side by side <c>[T, S·hidden]</c>.
/// </summary>
/// <param name="Projection">S·hidden → S + S + S·S, or S where they are only read.</param>
/// <param name="Move">On its output.</param>
/// <param name="Scale">On each of its parts, before that.</param>
/// <param name="Iterations">Of making the mixing doubly stochastic.</param>
/// <param name="Epsilon">Of the weights.</param>
/// <param name="NormEpsilon">Of the norm over all streams.</param>
internal sealed record HyperConnection(int Streams, Linear Projection, Weight Move, Weight Scale, int Iterations, float Epsilon, float NormEpsilon)
{
    /// <summary>x <c>[T, hidden]</c> in every stream.</summary>
    public Activation Repeat(Activation x, ForwardPass pass)
    {
        var y = pass.Backend.Rent(x.Rows, Streams * x.Columns);
        pass.Backend.CopyHeads(x, x.Columns, 0, y, x.Columns, 0, x.Columns, Streams);
        return y;
    }

    /// <summary>The streams as one <c>[T, hidden]</c>.</summary>
    public Activation ReadAll(Activation x, ForwardPass pass)
    {
        using var weights = Weights(x, pass);
        return Read(x, weights, pass);
    }

    /// <summary>The weights for streams x <c>[T, S·hidden]</c>.</summary>
    public Activation Weights(Activation x, ForwardPass pass)
    {
        using var f = pass.Backend.Rent(x.Rows, x.Columns);
        pass.Backend.RmsNorm(x, null, x.Columns, NormEpsilon, f);
        var weights = Projection.Forward(f, pass);
        pass.Backend.StreamWeights(weights, Move, Scale, Streams, Iterations, Epsilon);
        return weights;
    }

    /// <summary>What the block reads <c>[T, hidden]</c>.</summary>
    public Activation Read(Activation x, Activation weights, ForwardPass pass)
    {
        var y = pass.Backend.Rent(x.Rows, x.Columns / Streams);
        pass.Backend.ReadStreams(x, weights, y);
        return y;
    }
}
