namespace MoeDevtools.Routing;

/// <summary>Where a batch stands: one forward pass of one step on one rank, and its rows.</summary>
public sealed class RoutingPass
{
    /// <summary>Counted from 1: a prefill or a decoded token in inference, an optimizer step in training.</summary>
    public long Step { get; set; }

    /// <summary>Forward pass within the step (micro-batch, prefill chunk), from 0.</summary>
    public int Pass { get; set; }

    public Phase Phase { get; set; }

    /// <summary>Process of a distributed run, from 0.</summary>
    public int Rank { get; set; }

    public RoutingRows Rows { get; } = new();
}
