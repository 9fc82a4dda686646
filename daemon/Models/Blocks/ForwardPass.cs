using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;

namespace MoeDevtools.Models.Blocks;

/// <summary>What one forward pass carries from block to block: the tokens, where they stand, the sequence's state and who listens.</summary>
internal sealed class ForwardPass
{
    public required ITensorBackend Backend { get; init; }

    /// <summary>Step, pass, phase and rows, as routers report them.</summary>
    public required RoutingPass Routing { get; init; }

    /// <summary>Null = nobody listens.</summary>
    public required IRoutingSink? Sink { get; init; }

    /// <summary>The model's own batch and routed tokens, reused from router to router.</summary>
    public required RoutingBatch Batch { get; init; }

    public required RoutedTokens Routed { get; init; }

    /// <summary>What the last indexer of the pass chose; the model's own, reused from layer to layer.</summary>
    public required ChosenKeys Chosen { get; init; }

    /// <summary>Token ids <c>[T]</c>.</summary>
    public required int[] Ids { get; init; }

    /// <summary>T.</summary>
    public int Tokens => Ids.Length;

    /// <summary>Position of the first token.</summary>
    public required int Start { get; init; }

    /// <summary>Positions of the sequence once this pass is done.</summary>
    public int TotalLength => Start + Tokens;

    public required CancellationToken Cancelled { get; init; }

    public Activation Rent(int columns) => Backend.Rent(Tokens, columns);

    /// <summary>Columns <paramref name="from"/>... of each head of x as an activation of their own <c>[T, heads·count]</c>; the caller disposes it.</summary>
    public Activation Part(Activation x, int from, int count, int heads = 1)
    {
        var part = Rent(heads * count);
        Backend.CopyHeads(x, x.Columns / heads, from, part, count, 0, count, heads);
        return part;
    }
}
