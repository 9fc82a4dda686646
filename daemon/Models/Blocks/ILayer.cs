using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>One decoder layer.</summary>
internal interface ILayer
{
    IAttention Attention { get; }

    IFeedForward FeedForward { get; }

    /// <summary>Updates the residual stream x <c>[T, hidden]</c> in place.</summary>
    void Forward(Activation x, KeyValueCache cache, ForwardPass pass);
}
